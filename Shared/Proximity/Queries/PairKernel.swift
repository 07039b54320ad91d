internal import Geospatial
internal import Models

/// Finds all pairs of locations of different persons, close in space and time, of which the earlier lies in one segment and
/// the later in another or the same.
///
/// For each cell and each cell round it, two windows move through both in the order of time, so that each location is
/// compared with those few of the same minute; nothing is looked up.
struct PairKernel {
    private let earlier: Segment
    private let later: Segment
    /// Microseconds from the beginning of the later segment's day to that of the earlier one's.
    private let dayOffset: Int64
    private let slice: Range<Int64>
    private let laterTimes: Range<Int64>
    private let radius: Double
    private let within: Int64

    /// A cell of the later segment that is near one of the earlier.
    private struct Neighbour {
        let position: Int
        /// What to add to a place in the cell of the earlier segment to have it in steps from this one's corner.
        let north: Int32
        let east: Int32
        /// From which places in the cell of the earlier segment some place in this one can be reached.
        let norths: Span
        let easts: Span

        /// Numbers from one on, told by one comparison.
        struct Span {
            private let first: UInt32
            private let length: UInt32

            init(_ first: Int64, through last: Int64) {
                self.first = UInt32(truncatingIfNeeded: max(first, 0))
                length = UInt32(truncatingIfNeeded: min(max(last, 0), 1 << 30)) &- self.first
            }

            @inline(__always)
            func contains(_ number: Int32) -> Bool {
                UInt32(bitPattern: number) &- first <= length
            }
        }

        init(
            _ position: Int,
            at corner: (south: Int64, west: Int64, width: Int64),
            from origin: (south: Int64, west: Int64),
            _ zone: ContactZone
        ) {
            self.position = position
            let (north, east) = (origin.south - corner.south, origin.west - corner.west)
            self.north = Int32(truncatingIfNeeded: north)
            self.east = Int32(truncatingIfNeeded: east)
            norths = Span(-zone.reachNorth - north, through: (1 << IndexGrid.shift) + zone.reachNorth - north)
            easts = Span(-zone.reachEast - east, through: corner.width + zone.reachEast - east)
        }
    }

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - earlier: where the earlier location of a pair lies.
    ///   - later: where the later one lies.
    ///   - slice: microseconds since the earlier segment's day began within which the earlier location lies.
    ///   - laterTimes: the same for the later one and its segment.
    ///   - radius: metres.
    ///   - within: microseconds.
    init(
        _ earlier: Segment,
        _ later: Segment,
        slice: Range<Int64>,
        laterTimes: Range<Int64>,
        radius: Double,
        within: Int64
    ) {
        self.earlier = earlier
        self.later = later
        dayOffset = earlier.day.microseconds - later.day.microseconds
        self.slice = slice
        self.laterTimes = laterTimes
        self.radius = radius
        self.within = within
    }

    /// Calls `visit` with each pair.
    func forEachPair(_ visit: (PairHit) -> Void) {
        var neighbours: [Neighbour] = []
        var firstBand = 0
        for bandPosition in 0..<earlier.bands.count {
            let band = earlier.bands.keys[bandPosition]
            let south = IndexGrid.south(of: band)
            let zone = ContactZone(latitudes: south...south + (1 << IndexGrid.shift - 1), radius: radius)
            let reach = Int32(zone.reachNorth >> IndexGrid.shift) + 1
            while firstBand < later.bands.count, later.bands.keys[firstBand] < band - reach { firstBand += 1 }
            let shift = IndexGrid.columnShift(of: band)
            var rows = Rows(later, from: firstBand, through: band + reach)
            for cell in earlier.cells(ofBandAt: bandPosition) {
                var locations = earlier.locations(ofCellAt: cell)
                if slice != wholeDay {
                    let first = earlier.firstIndex(in: locations, notBefore: slice.lowerBound)
                    locations =
                        first..<earlier.firstIndex(in: first..<locations.upperBound, notBefore: slice.upperBound)
                }
                guard !locations.isEmpty else { continue }
                let west = Int64(earlier.cells.keys[cell]) << shift
                neighbours.removeAll(keepingCapacity: true)
                rows.forEachCell(from: west - zone.reachEast, through: west + (1 << shift - 1) + zone.reachEast) {
                    position,
                    row,
                    easting in
                    neighbours.append(
                        Neighbour(
                            position,
                            at: (IndexGrid.south(of: row.band), easting, 1 << row.shift),
                            from: (south, west),
                            zone
                        )
                    )
                }
                for neighbour in neighbours { compare(locations, ofCellAt: cell, with: neighbour, zone, visit) }
            }
        }
    }

    private var wholeDay: Range<Int64> { 0..<GridIndex.day }

    /// Compares the locations of a cell with those of one near it.
    @inline(__always)
    private func compare(
        _ locations: Range<Int>,
        ofCellAt cell: Int,
        with neighbour: Neighbour,
        _ zone: ContactZone,
        _ visit: (PairHit) -> Void
    ) {
        let (places, times) = (earlier.places, earlier.times)
        let (otherPlaces, otherTimes) = (later.places, later.times)
        let others = later.locations(ofCellAt: neighbour.position)
        // To the millisecond; `isPair` looks closer.
        let (dayMilliseconds, withinMilliseconds) = (dayOffset / 1_000, within / 1_000 + 1)
        var (first, limit) = (others.lowerBound, others.lowerBound)
        for index in locations {
            let place = places[index]
            let (north, east) = (IndexGrid.north(place), IndexGrid.east(place))
            guard neighbour.norths.contains(north), neighbour.easts.contains(east) else { continue }
            let start = Int64(times[index]) + dayMilliseconds
            if first < others.upperBound, Int64(otherTimes[first]) < start {
                first = later.nextIndex(in: first..<others.upperBound, notBefore: start * 1_000)
            }
            guard first < others.upperBound else { return }
            limit = max(limit, first)
            while limit < others.upperBound, Int64(otherTimes[limit]) <= start + withinMilliseconds { limit += 1 }
            for candidate in first..<limit {
                let place = otherPlaces[candidate]
                let square = zone.squaredUpperBound(
                    north: north &+ neighbour.north &- IndexGrid.north(place),
                    east: east &+ neighbour.east &- IndexGrid.east(place)
                )
                guard square <= zone.outer,
                    isPair(index, cell, candidate, neighbour.position, zone)
                else { continue }
                visit(
                    PairHit(
                        earlier: UInt32(truncatingIfNeeded: index),
                        earlierCell: UInt32(truncatingIfNeeded: cell),
                        later: UInt32(truncatingIfNeeded: candidate),
                        laterCell: UInt32(truncatingIfNeeded: neighbour.position)
                    )
                )
            }
        }
    }

    /// Decides about two locations that are near: of different persons, one after the other, in time, and exactly within the
    /// radius.
    @inline(__always)
    private func isPair(_ index: Int, _ cell: Int, _ candidate: Int, _ candidateCell: Int, _ zone: ContactZone) -> Bool
    {
        let (person, other) = (earlier.persons[index], later.persons[candidate])
        guard person != other else { return false }
        let (start, end) = (earlier.offset(index) + dayOffset, later.offset(candidate))
        guard start < end || start == end && person < other, end - start <= within, laterTimes.contains(end) else {
            return false
        }
        let coordinate = earlier.location(index, inCellAt: cell).report.coordinate
        return zone.isWithin(coordinate, later.location(candidate, inCellAt: candidateCell).report.coordinate)
    }
}

/// A pair of locations in two segments.
struct PairHit {
    let earlier: UInt32
    let earlierCell: UInt32
    let later: UInt32
    let laterCell: UInt32
}

/// Walks through the cells of some bands of a segment while the columns that are asked for move eastwards.
private struct Rows {
    struct Row {
        let band: Int32
        let shift: Int64
        let cells: Range<Int>
        /// Where the columns that are asked for have come to.
        var next: Int
    }

    private let segment: Segment
    private var rows: [Row] = []

    init(_ segment: Segment, from position: Int, through band: Int32) {
        self.segment = segment
        var position = position
        while position < segment.bands.count, segment.bands.keys[position] <= band {
            let band = segment.bands.keys[position]
            let shift = IndexGrid.columnShift(of: band)
            let cells = segment.cells(ofBandAt: position)
            rows.append(Row(band: band, shift: shift, cells: cells, next: cells.lowerBound))
            position += 1
        }
    }

    /// Calls `visit` with the position, the row and the western side of each cell that a range of eastings touches, which
    /// may reach over the antimeridian.
    mutating func forEachCell(from west: Int64, through east: Int64, _ visit: (Int, Row, Int64) -> Void) {
        for index in rows.indices {
            let row = rows[index]
            let turn = IndexGrid.turn
            if east - west >= turn {
                forEach(in: row, from: 0, through: turn, offset: 0, visit)
                continue
            }
            if west < 0 { forEach(in: row, from: west + turn, through: turn, offset: -turn, visit) }
            if east > turn { forEach(in: row, from: 0, through: east - turn, offset: turn, visit) }
            // The cells that lie further west are not asked for again.
            var cell = row.next
            let first = UInt32(truncatingIfNeeded: max(west, 0) >> row.shift)
            while cell < row.cells.upperBound, segment.cells.keys[cell] < first { cell += 1 }
            rows[index].next = cell
            while cell < row.cells.upperBound, Int64(segment.cells.keys[cell]) << row.shift <= east {
                visit(cell, row, Int64(segment.cells.keys[cell]) << row.shift)
                cell += 1
            }
        }
    }

    private func forEach(
        in row: Row,
        from west: Int64,
        through east: Int64,
        offset: Int64,
        _ visit: (Int, Row, Int64) -> Void
    ) {
        let column = UInt32(truncatingIfNeeded: west >> row.shift)
        var cell = segment.cells.position(of: column, in: row.cells)
        while cell < row.cells.upperBound, Int64(segment.cells.keys[cell]) << row.shift <= east {
            visit(cell, row, (Int64(segment.cells.keys[cell]) << row.shift) + offset)
            cell += 1
        }
    }
}
