internal import Geospatial
internal import Models

/// The pairs of two trails that lie close enough together in time to be worth a word.
struct TrailPairs {
    /// A pair, as far as it had to be looked at.
    struct Candidate {
        /// The two locations; beyond the leaving radius, their distance may be a lower bound.
        var pair: CoPresence
        /// How far apart in time they lie, in microseconds.
        let apart: Int64
        /// Whether that is longer than the rule allows.
        let isLate: Bool
        /// Whether they lie within the leaving radius.
        let isNear: Bool
    }

    let own: [Location]
    let other: [Location]
    let rule: EncounterRule

    /// How far apart in time pairs are looked for that are close in place, in microseconds.
    private static let longestWait: Int64 = 600_000_000

    /// Calls `visit` with each pair in the order of their starts.
    func visitAll(
        _ budget: SearchBudget,
        _ visit: (Candidate) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        var (ownIndex, otherIndex) = (0, 0)
        while ownIndex < own.count, otherIndex < other.count {
            // The earlier location, the own one of two of the same moment, meets all later ones of the other trail.
            if own[ownIndex].report.creationTime <= other[otherIndex].report.creationTime {
                try join(own[ownIndex], other[otherIndex...], budget, visit) {
                    CoPresence(own: $0, other: $1, distance: $2)
                }
                ownIndex += 1
            } else {
                try join(other[otherIndex], own[ownIndex...], budget, visit) {
                    CoPresence(own: $1, other: $0, distance: $2)
                }
                otherIndex += 1
            }
        }
    }

    private func join(
        _ earlier: Location,
        _ trail: ArraySlice<Location>,
        _ budget: SearchBudget,
        _ visit: (Candidate) throws(SearchFailure) -> Void,
        _ pair: (Location, Location, Double) -> CoPresence
    ) throws(SearchFailure) {
        try budget.check()
        var count = 0
        let within = rule.within.microseconds
        let reach = max(within, min(rule.gap.microseconds, Self.longestWait))
        let here = earlier.report.coordinate
        let box = BoundingBox(center: here, radius: rule.leavingRadius)
        for later in trail {
            let apart = later.report.creationTime.microseconds - earlier.report.creationTime.microseconds
            guard apart <= reach else { break }
            count += 1
            let there = later.report.coordinate
            let bound = box.squaredLowerBound(from: here, to: there)
            let isFar = bound > rule.leavingRadius * rule.leavingRadius
            let distance = isFar ? bound.squareRoot() : Geodesic.nearbyDistance(from: here, to: there)
            let pair = pair(earlier, later, distance)
            let isNear = !isFar && rule.isStay(pair)
            let isLate = apart > within
            guard isNear || !isLate else { continue }
            try visit(Candidate(pair: pair, apart: apart, isLate: isLate, isNear: isNear))
        }
        try budget.spend(pairs: count)
    }
}

/// The pairs that come closest to a co-presence, of any number that are offered.
struct NearestPairs {
    /// How many were offered.
    private(set) var count = 0
    private let limit: Int
    private var kept: [TrailPairs.Candidate] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes one more; O(log `limit`) in the long run.
    mutating func add(_ candidate: TrailPairs.Candidate) {
        count += 1
        kept.append(candidate)
        if kept.count >= 2 * limit { cut() }
    }

    /// Those in time before those that are late, the nearest first, with their distances.
    mutating func finish() -> [TrailPairs.Candidate] {
        cut()
        for index in kept.indices where !kept[index].isNear {
            kept[index].pair = CoPresence(own: kept[index].pair.own, other: kept[index].pair.other)
        }
        cut()
        return kept
    }

    private mutating func cut() {
        kept.sort { Self.key($0) < Self.key($1) }
        kept.removeLast(max(kept.count - limit, 0))
    }

    private static func key(
        _ candidate: TrailPairs.Candidate
    ) -> (Int, Double, Int64, Timestamp, LocationID, LocationID) {
        let pair = candidate.pair
        return (candidate.isLate ? 1 : 0, pair.distance, candidate.apart, pair.start, pair.own.id, pair.other.id)
    }
}
