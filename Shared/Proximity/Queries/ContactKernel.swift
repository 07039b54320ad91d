internal import Models

/// A location in a segment near an own location.
struct ContactHit {
    /// The index of the segment.
    let segment: UInt32
    /// The location's index.
    let index: UInt32
    /// The position of its cell.
    let cell: UInt32
    /// The smallest U² of ``ContactZone`` in square metres, if measured.
    let square: Float
}

/// Finds the locations of other persons within a radius of any own location, at any time.
///
/// The search goes through the candidates cell by cell. A map of the cell decides most candidates. For the rest, and in cells
/// with few candidates, the search stops at the first own location in reach, usually the one that reached the previous
/// candidate.
struct ContactKernel {
    private let parts: [(segment: SegmentColumns, times: Range<Int64>?)]
    private let own: [TrailPoint]
    private let person: Int32
    private let isMeasuring: Bool
    /// The own locations near a cell in steps from its corner, four at a time.
    ///
    /// The last group is padded with points that are far from everything.
    private var norths: [SIMD4<Float>] = []
    private var easts: [SIMD4<Float>] = []
    private var map = ReachMap()
    /// The remaining candidates of a block.
    private var sieve = [UInt32](repeating: 0, count: blockSize)
    private var hits: [ContactHit] = []
    private let budget: SearchBudget

    /// Number of candidates in a block.
    private static let blockSize = 512
    /// Number of comparisons between two checks of the budget.
    private static let mostComparisons = 1 << 18
    private var comparisons = 0
    /// Minimum number of comparisons that justifies a map of a cell.
    private static let fewComparisons = 256

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - parts: the segments, each with a range in microseconds since the start of the day, or `nil` for all.
    ///   - own: the own locations.
    ///   - person: the person of the own locations.
    ///   - isMeasuring: whether to determine the distance to the nearest own location.
    ///   - budget: the bound for the search.
    init(
        _ parts: [(segment: SegmentColumns, times: Range<Int64>?)],
        own: [TrailPoint],
        of person: Int32,
        isMeasuring: Bool,
        budget: SearchBudget
    ) {
        self.parts = parts
        self.own = own
        self.person = person
        self.isMeasuring = isMeasuring
        self.budget = budget
    }

    /// Searches a cell.
    ///
    /// - Parameters:
    ///   - cell: the cell.
    ///   - take: receives hits, a block of candidates at a time.
    /// - Throws: ``SearchFailure`` if the budget is exceeded, or an error of `take`.
    mutating func search(
        _ cell: TrailSweep.Cell,
        _ take: ([ContactHit]) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        var count = 0
        for part in cell.parts { count += parts[part.segment].segment.locations(ofCellAt: part.position).count }
        arrange(cell)
        let hasMap = count * cell.near.count > Self.fewComparisons && cell.zone.outer < .infinity
        if hasMap { map.draw(cell) }
        for part in cell.parts { try search(cell, part, hasMap: hasMap, take) }
    }

    private mutating func search(
        _ cell: TrailSweep.Cell,
        _ part: TrailSweep.Part,
        hasMap: Bool,
        _ take: ([ContactHit]) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        let (segment, times) = parts[part.segment]
        var candidates = segment.locations(ofCellAt: part.position)
        if let times {
            let first = segment.firstIndex(in: candidates, notBefore: times.lowerBound)
            candidates = first..<segment.firstIndex(in: first..<candidates.upperBound, notBefore: times.upperBound)
        }
        var last = 0
        while !candidates.isEmpty {
            let block = candidates.prefix(Self.blockSize)
            candidates = block.upperBound..<candidates.upperBound
            let count = sift(block, of: segment, hasMap: hasMap)
            for sifted in 0..<count {
                let index = sieve[sifted]
                let place = segment.places[Int(index)]
                var least: Float = 0
                if isMeasuring || !hasMap || map.verdict(place) == .unclear {
                    least = nearest(to: place, cell.zone, startingAt: &last)
                    guard least <= cell.zone.outer, least <= cell.zone.inner || isWithin(cell, part, Int(index)) else {
                        continue
                    }
                }
                hits.append(
                    ContactHit(
                        segment: UInt32(truncatingIfNeeded: part.segment),
                        index: index,
                        cell: UInt32(truncatingIfNeeded: part.position),
                        square: least
                    )
                )
            }
            if !hits.isEmpty {
                try take(hits)
                hits.removeAll(keepingCapacity: true)
            }
            comparisons += count * norths.count + block.count
            if comparisons >= Self.mostComparisons {
                try budget.check()
                comparisons = 0
            }
        }
    }

    /// Collects the candidates that belong to other persons and that the map, if present, does not exclude.
    ///
    /// The condition is unpredictable, so the loop avoids a branch: it writes each candidate, and the next one overwrites it
    /// unless the condition holds.
    ///
    /// - Returns: the number of collected candidates.
    private mutating func sift(_ candidates: Range<Int>, of segment: SegmentColumns, hasMap: Bool) -> Int {
        let (places, persons, person) = (segment.places, segment.persons, person)
        return sieve.withUnsafeMutableBufferPointer { sieve in
            var count = 0
            if hasMap {
                map.withRows { rows in
                    for index in candidates {
                        sieve[count] = UInt32(truncatingIfNeeded: index)
                        let isPossible = rows.verdict(places[index]) != .beyond
                        count &+= (isPossible ? 1 : 0) & (persons[index] != person ? 1 : 0)
                    }
                }
            } else {
                for index in candidates {
                    sieve[count] = UInt32(truncatingIfNeeded: index)
                    count &+= persons[index] != person ? 1 : 0
                }
            }
            return count
        }
    }

    /// The smallest U² between a place and the own locations.
    ///
    /// Without measuring, the first value that is surely within.
    @inline(__always)
    private func nearest(to place: UInt32, _ zone: ContactZone, startingAt last: inout Int) -> Float {
        let north = SIMD4<Float>(repeating: Float(IndexGrid.north(place)))
        let east = SIMD4<Float>(repeating: Float(IndexGrid.east(place)))
        return norths.withUnsafeBufferPointer { norths in
            easts.withUnsafeBufferPointer { easts in
                var least = zone.leastSquaredUpperBound(norths[last] - north, easts[last] - east)
                if least <= zone.inner, !isMeasuring { return least }
                for group in norths.indices {
                    let square = zone.leastSquaredUpperBound(norths[group] - north, easts[group] - east)
                    if square < least {
                        least = square
                        last = group
                        if least <= zone.inner, !isMeasuring { break }
                    }
                }
                return least
            }
        }
    }

    private mutating func arrange(_ cell: TrailSweep.Cell) {
        norths.removeAll(keepingCapacity: true)
        easts.removeAll(keepingCapacity: true)
        let far = SIMD4<Float>(repeating: 1e15)
        for (place, near) in cell.near.enumerated() {
            if place % 4 == 0 {
                norths.append(far)
                easts.append(far)
            }
            norths[place / 4][place % 4] = Float(Int64(near.latitude) - cell.south)
            easts[place / 4][place % 4] = Float(near.easting - cell.west)
        }
    }

    /// Decides by the geodesic if the bound is unclear.
    @inline(never)
    private func isWithin(_ cell: TrailSweep.Cell, _ part: TrailSweep.Part, _ index: Int) -> Bool {
        let candidate = parts[part.segment].segment.location(index, inCellAt: part.position).report.coordinate
        return cell.near.contains { cell.zone.isWithin(candidate, own[Int($0.number)].coordinate) }
    }
}

extension ContactZone {
    /// The smallest U² of four points.
    @inline(__always)
    fileprivate func leastSquaredUpperBound(_ north: SIMD4<Float>, _ east: SIMD4<Float>) -> Float {
        let (north, east) = (north * metresNorth, east * metresEast)
        let squares = north * north + east * east
        // The compiler does not turn the generic `min()` of vectors into four instructions.
        let (first, second) = (
            squares[0] < squares[1] ? squares[0] : squares[1], squares[2] < squares[3] ? squares[2] : squares[3]
        )
        return first < second ? first : second
    }
}
