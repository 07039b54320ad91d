internal import CPrefetch
internal import Geospatial
internal import Models

/// Finds the pairs of an own location and another person's location that are close in space and time.
struct CoPresenceKernel {
    /// An own location near a cell.
    private struct Near {
        let offset: Int64
        let number: Int32
        let north: Float
        let east: Float
    }

    /// A cell of a segment to search.
    private struct Waiting {
        let part: TrailSweep.Part
        let zone: ContactZone
        /// The own locations near the cell.
        let own: Range<Int>
        /// The locations in the cell to compare.
        var candidates: Range<Int>
        /// The earliest time of the candidates, in microseconds since the start of the day.
        let start: Int64
    }

    /// Number of cells in a batch: enough to prefetch memory early, but few enough for the cache.
    private static let mostWaiting = 64
    /// Number of hits in a block.
    ///
    /// The last candidate may exceed it.
    private static let mostHits = 4_096
    /// Number of comparisons between two checks of the budget.
    private static let mostComparisons = 1 << 18

    /// A pair.
    struct Hit {
        /// The index of the segment.
        let segment: UInt32
        /// The index of the own location in the trail.
        let own: Int32
        /// The other location's index.
        let index: UInt32
        /// The position of its cell.
        let cell: UInt32
    }

    private let parts: [(segment: SegmentColumns, times: Range<Int64>?)]
    private let dayStart: Int64
    private let own: [TrailPoint]
    private let person: Int32
    private let within: Int64
    private let isFirstOnly: Bool
    /// The own locations near the waiting cells, cell by cell.
    private var near: [Near] = []
    private var waiting: [Waiting] = []
    private var hits: [Hit] = []
    private var comparisons = 0
    private let budget: SearchBudget

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - parts: segments of one day, each with a range in microseconds since the start of the day, or `nil` for all.
    ///   - own: the own locations in order of time.
    ///   - person: the person of the own locations.
    ///   - within: the maximum time between the two, in microseconds.
    ///   - isFirstOnly: whether one pair is enough for each location of another person.
    ///   - budget: the bound for the search.
    init(
        _ parts: [(segment: SegmentColumns, times: Range<Int64>?)],
        own: [TrailPoint],
        of person: Int32,
        within: Int64,
        isFirstOnly: Bool,
        budget: SearchBudget
    ) {
        self.parts = parts
        dayStart = parts.first?.segment.day.microseconds ?? 0
        self.own = own
        self.person = person
        self.within = within
        self.isFirstOnly = isFirstOnly
        self.budget = budget
    }

    /// Adds a cell to the batch, and searches the batch when it is full.
    ///
    /// Waiting for memory takes most of the time. Therefore the search collects cells and prefetches the memory of all of them
    /// before it searches the first one.
    ///
    /// - Parameters:
    ///   - cell: the cell.
    ///   - take: receives pairs; the pairs of one location of another person are adjacent.
    /// - Throws: ``SearchFailure`` if the budget is exceeded, or an error of `take`.
    mutating func search(
        _ cell: TrailSweep.Cell,
        _ take: ([Hit]) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        let own = near.count
        arrange(cell)
        for part in cell.parts {
            let (segment, times) = parts[part.segment]
            let candidates = segment.locations(ofCellAt: part.position)
            prefetch(segment.times + (candidates.lowerBound + candidates.count / 2))
            waiting.append(
                Waiting(
                    part: part,
                    zone: cell.zone,
                    own: own..<near.count,
                    candidates: candidates,
                    start: max(near[own].offset - within, times?.lowerBound ?? 0)
                )
            )
        }
        if waiting.count >= Self.mostWaiting { try searchGathered(take) }
    }

    /// Searches the remaining cells.
    ///
    /// Call this at the end.
    mutating func searchGathered(_ take: ([Hit]) throws(SearchFailure) -> Void) throws(SearchFailure) {
        for cell in waiting.indices {
            let segment = parts[waiting[cell].part.segment].segment
            let (candidates, start) = (waiting[cell].candidates, waiting[cell].start)
            let first = segment.firstIndex(in: candidates, notBefore: start)
            waiting[cell].candidates = first..<candidates.upperBound
            prefetch(segment.persons + first)
            prefetch(segment.places + first)
        }
        for cell in waiting {
            var next = cell.candidates.lowerBound
            while next < cell.candidates.upperBound {
                next = search(cell, from: next)
                if comparisons >= Self.mostComparisons {
                    try budget.check()
                    comparisons = 0
                }
                if hits.count >= Self.mostHits { try handOver(take) }
            }
        }
        try handOver(take)
        try budget.check()
        waiting.removeAll(keepingCapacity: true)
        near.removeAll(keepingCapacity: true)
    }

    private mutating func handOver(_ take: ([Hit]) throws(SearchFailure) -> Void) throws(SearchFailure) {
        guard !hits.isEmpty else { return }
        try take(hits)
        hits.removeAll(keepingCapacity: true)
    }

    /// Advances through candidates and own locations in order of time.
    ///
    /// It skips periods in which only other persons were there.
    ///
    /// - Parameters:
    ///   - cell: the cell.
    ///   - start: the first candidate.
    /// - Returns: the candidate at which to continue after delivering the hits, or the end of the candidates.
    private mutating func search(_ cell: Waiting, from start: Int) -> Int {
        let (segment, times) = parts[cell.part.segment]
        let end = times?.upperBound ?? CalendarDate.microsecondsPerDay
        let (candidates, zone) = (cell.candidates, cell.zone)
        return near.withUnsafeBufferPointer { near in
            let near = UnsafeBufferPointer(rebasing: near[cell.own])
            var first = 0
            var index = start
            while index < candidates.upperBound {
                guard hits.count < Self.mostHits, comparisons < Self.mostComparisons else { return index }
                let offset = segment.offset(index)
                guard offset < end else { return candidates.upperBound }
                while first < near.count, near[first].offset + within < offset { first += 1 }
                guard first < near.count else { return candidates.upperBound }
                guard near[first].offset - within <= offset else {
                    index = segment.nextIndex(
                        in: index..<candidates.upperBound,
                        notBefore: near[first].offset - within
                    )
                    continue
                }
                if segment.persons[index] != person {
                    let place = segment.places[index]
                    let (north, east) = (Float(IndexGrid.north(place)), Float(IndexGrid.east(place)))
                    var position = first
                    while position < near.count, near[position].offset - within <= offset {
                        let (north, east) = (
                            (near[position].north - north) * zone.metresNorth,
                            (near[position].east - east) * zone.metresEast
                        )
                        let square = north * north + east * east
                        if square <= zone.outer,
                            square <= zone.inner || isWithin(cell, index, Int(near[position].number))
                        {
                            hits.append(
                                Hit(
                                    segment: UInt32(truncatingIfNeeded: cell.part.segment),
                                    own: near[position].number,
                                    index: UInt32(truncatingIfNeeded: index),
                                    cell: UInt32(truncatingIfNeeded: cell.part.position)
                                )
                            )
                            if isFirstOnly { break }
                        }
                        position += 1
                    }
                    comparisons += position - first + 1
                }
                index += 1
            }
            return index
        }
    }

    /// Adds the own locations near a cell, in order of time.
    private mutating func arrange(_ cell: TrailSweep.Cell) {
        let start = near.count
        for own in cell.near {
            near.append(
                Near(
                    offset: self.own[Int(own.number)].time - dayStart,
                    number: own.number,
                    north: Float(Int64(own.latitude) - cell.south),
                    east: Float(own.easting - cell.west)
                )
            )
        }
        // There are few of them, and they are often in order.
        guard cell.near.count <= 32 else { return near[start...].sort { $0.number < $1.number } }
        for index in near.indices.dropFirst(start + 1) {
            let own = near[index]
            var place = index
            while place > start, near[place - 1].number > own.number {
                near[place] = near[place - 1]
                place -= 1
            }
            near[place] = own
        }
    }

    @inline(never)
    private func isWithin(_ cell: Waiting, _ index: Int, _ number: Int) -> Bool {
        let segment = parts[cell.part.segment].segment
        let candidate = segment.location(index, inCellAt: cell.part.position).report.coordinate
        return cell.zone.isWithin(candidate, own[number].coordinate)
    }
}
