internal import Geospatial
internal import Models

/// Finds all pairs of locations of different persons, close in space and time, one in each of two segments or both in one.
///
/// For each cell and each cell near it, a window of time moves through the one while the locations of the other go by, so
/// that each is compared with those few of the same minute; nothing is looked up. Each two cells of one segment are
/// compared once, from that which comes first.
struct PairKernel {
    private let first: SegmentColumns
    private let second: SegmentColumns
    private let isSame: Bool
    /// Microseconds from the beginning of the second segment's day to that of the first one's.
    private let dayOffset: Int64
    /// Microseconds since the first segment's day began.
    private let slice: Range<Int64>
    private let span: Range<Int64>
    private let radius: Double
    private let within: Int64

    /// A cell of the second segment that is near one of the first.
    private struct Neighbour {
        let locations: Range<Int>
        let position: Int
        /// What to add to a place in the cell of the first segment to have it in steps from this one's corner.
        let north: Int32
        let east: Int32
        /// From which places in the cell of the first segment some place in this one can be reached.
        let norths: Span
        let easts: Span

        /// Numbers from one on, told by one comparison.
        struct Span {
            private let first: UInt32
            private let length: UInt32

            init(_ first: Int64, through last: Int64) {
                let first = max(first, 0)
                self.first = UInt32(truncatingIfNeeded: first)
                length = UInt32(truncatingIfNeeded: min(max(last, first), 1 << 30) - first)
            }

            @inline(__always)
            func contains(_ number: Int32) -> Bool {
                UInt32(bitPattern: number) &- first <= length
            }
        }

        init(
            _ position: Int,
            _ locations: Range<Int>,
            at corner: (south: Int64, west: Int64, width: Int64),
            from origin: (south: Int64, west: Int64),
            _ zone: ContactZone
        ) {
            self.position = position
            self.locations = locations
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
    ///   - first: a segment.
    ///   - second: the same or another.
    ///   - slice: the time of the earlier location of a pair.
    ///   - span: the time of both locations.
    ///   - radius: metres.
    ///   - within: microseconds.
    init(
        _ first: Segment,
        _ second: Segment,
        slice: TimeWindow,
        span: TimeWindow,
        radius: Double,
        within: Int64
    ) {
        self.first = first.columns
        self.second = second.columns
        isSame = first === second
        let start = first.day.microseconds
        dayOffset = start - second.day.microseconds
        self.slice = slice.start.microseconds - start..<slice.end.microseconds - start
        self.span = span.start.microseconds - start..<span.end.microseconds - start
        self.radius = radius
        self.within = within
    }

    /// The comparisons between two checks of the budget.
    private static let mostComparisons = 1 << 18

    /// Calls `visit` with each pair.
    func forEachPair(
        _ budget: SearchBudget,
        _ visit: (PairHit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        var comparisons = 0
        var neighbours: [Neighbour] = []
        var firstBand = 0
        let isWhole = span.lowerBound <= 0 && span.upperBound >= GridIndex.day
        for bandPosition in 0..<first.bands.count {
            let band = first.bands.keys[bandPosition]
            let south = IndexGrid.south(of: band)
            let zone = ContactZone(latitudes: south...south + (1 << IndexGrid.shift - 1), radius: radius)
            let reach = Int32(zone.reachNorth >> IndexGrid.shift) + 1
            let leastBand = isSame ? band : band - reach
            while firstBand < second.bands.count, second.bands.keys[firstBand] < leastBand { firstBand += 1 }
            let shift = IndexGrid.columnShift(of: band)
            var rows = Rows(second, from: firstBand, through: band + reach)
            for cell in first.cells(ofBandAt: bandPosition) {
                var locations = first.locations(ofCellAt: cell)
                if !isWhole {
                    // Most cells have nothing in a short slice of time.
                    guard first.offset(locations.lowerBound) < span.upperBound,
                        first.offset(locations.upperBound - 1) >= span.lowerBound
                    else { continue }
                    let start = first.firstIndex(in: locations, notBefore: span.lowerBound)
                    locations = start..<first.firstIndex(in: start..<locations.upperBound, notBefore: span.upperBound)
                }
                guard !locations.isEmpty else { continue }
                let west = Int64(first.cells.keys[cell]) << shift
                neighbours.removeAll(keepingCapacity: true)
                rows.forEachCell(from: west - zone.reachEast, through: west + (1 << shift - 1) + zone.reachEast) {
                    position,
                    row,
                    easting in
                    guard !isSame || position > cell else { return }
                    neighbours.append(
                        Neighbour(
                            position,
                            second.locations(ofCellAt: position),
                            at: (IndexGrid.south(of: row.band), easting, 1 << row.shift),
                            from: (south, west),
                            zone
                        )
                    )
                }
                if isSame { comparisons += try compare(locations, ofCellAt: cell, zone, visit) }
                for neighbour in neighbours {
                    comparisons += try compare(locations, ofCellAt: cell, with: neighbour, zone, visit)
                    guard comparisons >= Self.mostComparisons else { continue }
                    try budget.check()
                    comparisons = 0
                }
            }
        }
    }

    /// Milliseconds that two locations may be apart, and one more: ``isPair(_:_:_:_:_:_:)`` looks closer.
    private var milliseconds: Int64 { within / 1_000 + 1 }

    /// Compares the locations of a cell with each other; returns how many comparisons that were.
    @inline(__always)
    private func compare(
        _ locations: Range<Int>,
        ofCellAt cell: Int,
        _ zone: ContactZone,
        _ visit: (PairHit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) -> Int {
        let (places, times) = (first.places, first.times)
        var comparisons = 0
        for index in locations {
            let place = places[index]
            let latest = Int64(times[index]) + milliseconds
            var candidate = index + 1
            while candidate < locations.upperBound, Int64(times[candidate]) <= latest {
                let square = zone.squaredUpperBound(
                    north: IndexGrid.north(place) &- IndexGrid.north(places[candidate]),
                    east: IndexGrid.east(place) &- IndexGrid.east(places[candidate])
                )
                if square <= zone.outer, isPair(index, cell, candidate, cell, square, zone) {
                    try visit(PairHit(index, cell, candidate, cell))
                }
                candidate += 1
            }
            comparisons += candidate - index
        }
        return comparisons
    }

    /// Compares the locations of a cell with those of one near it; returns how many comparisons that were.
    @inline(__always)
    private func compare(
        _ locations: Range<Int>,
        ofCellAt cell: Int,
        with neighbour: Neighbour,
        _ zone: ContactZone,
        _ visit: (PairHit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) -> Int {
        var comparisons = locations.count
        let (places, times) = (first.places, first.times)
        let (otherPlaces, otherTimes) = (second.places, second.times)
        let (dayOffset, milliseconds, end) = (dayOffset / 1_000, milliseconds, neighbour.locations.upperBound)
        var (start, limit) = (neighbour.locations.lowerBound, neighbour.locations.lowerBound)
        for index in locations {
            let place = places[index]
            let (north, east) = (IndexGrid.north(place), IndexGrid.east(place))
            guard neighbour.norths.contains(north), neighbour.easts.contains(east) else { continue }
            let time = Int64(times[index]) + dayOffset
            // Usually it is the next that is wanted, or one of the next few.
            var step = 1
            while start < end, Int64(otherTimes[start]) < time - milliseconds {
                let next = start + step
                step = next < end && Int64(otherTimes[next]) < time - milliseconds ? step * 2 : 1
                start = step > 1 ? next : start + 1
            }
            guard start < end else { return comparisons }
            limit = max(limit, start)
            while limit < end, Int64(otherTimes[limit]) <= time + milliseconds { limit += 1 }
            comparisons += limit - start
            for candidate in start..<limit {
                let square = zone.squaredUpperBound(
                    north: north &+ neighbour.north &- IndexGrid.north(otherPlaces[candidate]),
                    east: east &+ neighbour.east &- IndexGrid.east(otherPlaces[candidate])
                )
                if square <= zone.outer, isPair(index, cell, candidate, neighbour.position, square, zone) {
                    try visit(PairHit(index, cell, candidate, neighbour.position))
                }
            }
        }
        return comparisons
    }

    /// Decides about two locations that are near: of different persons, close enough in time, and exactly within the
    /// radius.
    @inline(__always)
    private func isPair(
        _ index: Int,
        _ cell: Int,
        _ candidate: Int,
        _ candidateCell: Int,
        _ square: Float,
        _ zone: ContactZone
    ) -> Bool {
        guard first.persons[index] != second.persons[candidate] else { return false }
        let (time, other) = (first.offset(index), second.offset(candidate) - dayOffset)
        guard abs(time - other) <= within, span.contains(other), slice.contains(min(time, other)) else { return false }
        return square <= zone.inner || isWithin(index, cell, candidate, candidateCell, zone)
    }

    @inline(never)
    private func isWithin(
        _ index: Int,
        _ cell: Int,
        _ candidate: Int,
        _ candidateCell: Int,
        _ zone: ContactZone
    ) -> Bool {
        zone.isWithin(
            first.location(index, inCellAt: cell).report.coordinate,
            second.location(candidate, inCellAt: candidateCell).report.coordinate
        )
    }
}

/// A pair of locations in two segments.
struct PairHit {
    /// The index of the location in the first segment, and the position of its cell.
    let first: (index: UInt32, cell: UInt32)
    /// The same in the second segment.
    let second: (index: UInt32, cell: UInt32)

    init(_ index: Int, _ cell: Int, _ other: Int, _ otherCell: Int) {
        first = (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: cell))
        second = (UInt32(truncatingIfNeeded: other), UInt32(truncatingIfNeeded: otherCell))
    }
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

    private let segment: SegmentColumns
    private var rows: [Row] = []

    init(_ segment: SegmentColumns, from position: Int, through band: Int32) {
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
