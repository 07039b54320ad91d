internal import CPrefetch
internal import Geospatial
internal import Models

/// Finds the pairs of an own location and one of somebody else that are close in space and time.
struct CoPresenceKernel {
    /// An own location near a cell.
    private struct Near {
        let offset: Int64
        let number: Int32
        let north: Float
        let east: Float
    }

    /// A cell of a segment that is to be searched.
    private struct Waiting {
        let part: TrailSweep.Part
        let zone: ContactZone
        /// Which of the own locations are near it.
        let own: Range<Int>
        /// Which of its locations are to be looked at.
        var candidates: Range<Int>
        /// When the first of them can be, in microseconds since the day began.
        let start: Int64
    }

    /// How many cells are gathered: so many that memory is asked for long before, and what comes stays in the cache.
    private static let mostWaiting = 64
    /// The hits of a block; the last candidate may exceed it.
    private static let mostHits = 4_096
    /// The comparisons between two checks of the budget.
    private static let mostComparisons = 1 << 18

    /// A pair.
    struct Hit {
        /// Which of the segments.
        let segment: UInt32
        /// The own location's place in the trail.
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
    private let other: Int32?
    private let within: Int64
    private let isFirstOnly: Bool
    /// Those near the cells that wait, cell by cell.
    private var near: [Near] = []
    private var waiting: [Waiting] = []
    private var hits: [Hit] = []
    private var comparisons = 0
    private let budget: SearchBudget

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - parts: segments of one day, and microseconds since it began within which to look in each, or `nil` for all.
    ///   - own: the own locations in the order of time.
    ///   - person: whose they are.
    ///   - other: whom to look for; everybody if `nil`.
    ///   - within: how many microseconds the two may be apart.
    ///   - isFirstOnly: whether one pair is enough for each location of somebody else.
    ///   - budget: how long the search may take.
    init(
        _ parts: [(segment: SegmentColumns, times: Range<Int64>?)],
        own: [TrailPoint],
        of person: Int32,
        with other: Int32?,
        within: Int64,
        isFirstOnly: Bool,
        budget: SearchBudget
    ) {
        self.parts = parts
        dayStart = parts.first?.segment.day.microseconds ?? 0
        self.own = own
        self.person = person
        self.other = other
        self.within = within
        self.isFirstOnly = isFirstOnly
        self.budget = budget
    }

    /// Looks in a cell, in time.
    ///
    /// What takes longest is to wait for memory. Hence cells are gathered, and what will be read of all of them is asked
    /// for before any is searched.
    ///
    /// - Parameters:
    ///   - cell: the cell.
    ///   - take: receives pairs; those of one location of another person are adjacent.
    /// - Throws: ``SearchFailure`` if the budget is exceeded, or what `take` throws.
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

    /// Looks in the cells that have been gathered; to be called at the end.
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

    /// Candidates and own locations both go by in the order of time; stretches of time in which only others were there
    /// are jumped over.
    ///
    /// - Parameters:
    ///   - cell: the cell.
    ///   - start: the first candidate to look at.
    /// - Returns: the candidate to continue with after the hits are handed over, or the end of the candidates.
    private mutating func search(_ cell: Waiting, from start: Int) -> Int {
        let (segment, times) = parts[cell.part.segment]
        let end = times?.upperBound ?? GridIndex.day
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
                let candidate = segment.persons[index]
                if candidate != person, other == nil || candidate == other {
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

    /// Adds the own locations near a cell, in the order of time.
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
        // They are few, and often in order.
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
