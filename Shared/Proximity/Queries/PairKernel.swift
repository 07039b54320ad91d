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

    /// The cell of the later segment that is being compared, as seen from that of the earlier one.
    private struct Neighbour {
        /// Its locations from the least time on that may still be needed.
        var rest: Range<Int>
        /// The end of the window of time.
        var end: Int
        /// What to add to a place in the cell of the earlier segment to have it in steps from this one's corner.
        let north: Float
        let east: Float
        /// The greatest steps from the corner.
        let height: Float
        let width: Float
        let position: Int
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

    /// Calls `visit` with the index and the cell of the earlier location and those of the later one.
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
                let all = earlier.locations(ofCellAt: cell)
                let first = earlier.firstIndex(in: all, notBefore: slice.lowerBound)
                let locations = first..<earlier.firstIndex(in: first..<all.upperBound, notBefore: slice.upperBound)
                guard !locations.isEmpty else { continue }
                let west = Int64(earlier.cells.keys[cell]) << shift
                neighbours.removeAll(keepingCapacity: true)
                rows.forEachCell(from: west - zone.reachEast, through: west + (1 << shift - 1) + zone.reachEast) {
                    position,
                    band,
                    easting in
                    neighbours.append(
                        neighbour(
                            position,
                            of: band,
                            at: easting,
                            from: (south, west),
                            earlier.offset(locations.lowerBound)
                        )
                    )
                }
                compare(locations, ofCellAt: cell, with: &neighbours, zone, visit)
            }
        }
    }

    private func neighbour(
        _ position: Int,
        of band: Int32,
        at easting: Int64,
        from corner: (south: Int64, west: Int64),
        _ offset: Int64
    ) -> Neighbour {
        let all = later.locations(ofCellAt: position)
        let first = later.firstIndex(in: all, notBefore: max(offset + dayOffset, laterTimes.lowerBound))
        return Neighbour(
            rest: first..<all.upperBound,
            end: first,
            north: Float(corner.south - IndexGrid.south(of: band)),
            east: Float(corner.west - easting),
            height: Float((1 << IndexGrid.shift) - 1),
            width: Float((1 << IndexGrid.columnShift(of: band)) - 1),
            position: position
        )
    }

    @inline(__always)
    private func compare(
        _ locations: Range<Int>,
        ofCellAt cell: Int,
        with neighbours: inout [Neighbour],
        _ zone: ContactZone,
        _ visit: (PairHit) -> Void
    ) {
        neighbours.withUnsafeMutableBufferPointer { neighbours in
            for index in locations {
                let place = earlier.places[index]
                let (north, east) = (Float(IndexGrid.north(place)), Float(IndexGrid.east(place)))
                let start = earlier.offset(index) + dayOffset
                let end = min(start + within, laterTimes.upperBound - 1)
                for position in neighbours.indices {
                    // The place in steps from the neighbour's corner, and how far it is from the neighbour at least.
                    let (north, east) = (north + neighbours[position].north, east + neighbours[position].east)
                    let gapNorth = max(max(-north, north - neighbours[position].height), 0) * zone.metresNorth
                    let gapEast = max(max(-east, east - neighbours[position].width), 0) * zone.metresEast
                    guard gapNorth * gapNorth + gapEast * gapEast <= zone.outer else { continue }
                    let window = advance(&neighbours[position], from: start, through: end)
                    forEachNear(window, north, east, zone) { candidate in
                        guard isPair(index, cell, start, candidate, neighbours[position].position, zone) else { return }
                        visit(
                            PairHit(
                                earlier: UInt32(truncatingIfNeeded: index),
                                earlierCell: UInt32(truncatingIfNeeded: cell),
                                later: UInt32(truncatingIfNeeded: candidate),
                                laterCell: UInt32(truncatingIfNeeded: neighbours[position].position)
                            )
                        )
                    }
                }
            }
        }
    }

    /// Moves a neighbour's window of time.
    @inline(__always)
    private func advance(_ neighbour: inout Neighbour, from start: Int64, through end: Int64) -> Range<Int> {
        var (first, limit) = (neighbour.rest.lowerBound, neighbour.end)
        while first < neighbour.rest.upperBound, later.offset(first) < start { first += 1 }
        limit = max(limit, first)
        while limit < neighbour.rest.upperBound, later.offset(limit) <= end { limit += 1 }
        neighbour.rest = first..<neighbour.rest.upperBound
        neighbour.end = limit
        return first..<limit
    }

    /// Calls `visit` with those of some locations of a cell that are not surely beyond the radius.
    @inline(__always)
    private func forEachNear(
        _ candidates: Range<Int>,
        _ north: Float,
        _ east: Float,
        _ zone: ContactZone,
        _ visit: (Int) -> Void
    ) {
        for index in candidates {
            let place = later.places[index]
            let metresNorth = (north - Float(IndexGrid.north(place))) * zone.metresNorth
            let metresEast = (east - Float(IndexGrid.east(place))) * zone.metresEast
            if metresNorth * metresNorth + metresEast * metresEast <= zone.outer { visit(index) }
        }
    }

    /// Decides about two locations that are near: of different persons, in order, and exactly within the radius.
    @inline(__always)
    private func isPair(
        _ index: Int,
        _ cell: Int,
        _ start: Int64,
        _ candidate: Int,
        _ candidateCell: Int,
        _ zone: ContactZone
    ) -> Bool {
        let (person, other) = (earlier.persons[index], later.persons[candidate])
        guard person != other, later.offset(candidate) > start || person < other else { return false }
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
    private struct Row {
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

    /// Calls `visit` with the position, the band and the western side of each cell that a range of eastings touches, which
    /// may reach over the antimeridian.
    mutating func forEachCell(from west: Int64, through east: Int64, _ visit: (Int, Int32, Int64) -> Void) {
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
                visit(cell, row.band, Int64(segment.cells.keys[cell]) << row.shift)
                cell += 1
            }
        }
    }

    private func forEach(
        in row: Row,
        from west: Int64,
        through east: Int64,
        offset: Int64,
        _ visit: (Int, Int32, Int64) -> Void
    ) {
        let column = UInt32(truncatingIfNeeded: west >> row.shift)
        var cell = segment.cells.position(of: column, in: row.cells)
        while cell < row.cells.upperBound, Int64(segment.cells.keys[cell]) << row.shift <= east {
            visit(cell, row.band, (Int64(segment.cells.keys[cell]) << row.shift) + offset)
            cell += 1
        }
    }
}
