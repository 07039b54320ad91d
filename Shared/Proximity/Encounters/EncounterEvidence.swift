package import Models

/// Why two persons met, or did not: pairs of their locations, each with its verdict.
///
/// It follows from the two trails alone. Pairs count that lie close enough together in time, however far they lie apart, and
/// pairs within the leaving radius that are up to a gap apart in time, ten minutes at most: what might have been a meeting.
package struct EncounterEvidence: Sendable {
    /// What became of a pair of locations.
    package enum Verdict: String, CaseIterable, Sendable {
        /// Within the radius: it begins a meeting or belongs to one.
        case enters
        /// Within the leaving radius, in a meeting that another pair began.
        case stays
        /// Within the leaving radius, but nothing within the radius came before.
        case notEntered = "not_entered"
        /// Beyond the leaving radius.
        case beyondLeavingDistance = "beyond_leaving_distance"
        /// Too long between the two locations.
        case tooFarApartInTime = "too_far_apart_in_time"
        /// The phones knew their places too badly for the distance to prove anything.
        case tooInaccurate = "too_inaccurate"
        /// One of the places was made up by an app.
        case mockLocation = "mock_location"
        /// One of the phones hardly knew where it was.
        case inaccurateLocation = "inaccurate_location"
        /// To be there, one of the persons would have had to travel faster than anybody does.
        case impossibleSpeed = "impossible_speed"
    }

    /// A pair of locations and what became of it.
    package struct Sample: Hashable, Sendable {
        /// The two locations and their distance.
        package let pair: CoPresence
        /// What became of it.
        package let verdict: Verdict
        /// The meeting that it belongs to, by its place among the meetings.
        package let meeting: Int?
    }

    /// The meetings of the two, in the order of time.
    package let meetings: [Encounter]
    /// The pairs: first those close enough together in time, then the others, each the nearest first.
    package let samples: [Sample]
    /// How many pairs there were: more than the samples if these had to be cut.
    package let count: Int

    /// Judges two trails.
    ///
    /// O(p log `limit`) for the p pairs that lie close enough together in time; exact distances only for those that are
    /// close in place as well.
    ///
    /// - Parameters:
    ///   - own: where the person was that is asked about, in the order of time.
    ///   - other: where the other one was, likewise.
    ///   - rule: what counts as a meeting.
    ///   - leaps: locations of either that do not count; see ``GridIndex/leaps(in:_:)``.
    ///   - limit: how many samples at most.
    ///   - budget: what it may cost.
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package init(
        own: [Location],
        other: [Location],
        rule: EncounterRule,
        leaps: Set<LocationID> = [],
        limit: Int,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) {
        var nearest = NearestPairs(limit: limit)
        var meetings: [Encounter] = []
        if let one = own.first, let another = other.first,
            let persons = PersonPair(one.report.personID, another.report.personID)
        {
            var fold = EncounterFold(of: persons, rule: rule)
            let pairs = TrailPairs(own: own, other: other, rule: rule)
            try budget.step { () throws(SearchFailure) in
                try pairs.visitAll(budget) { candidate throws(SearchFailure) in
                    nearest.add(candidate)
                    guard candidate.isNear, !candidate.isLate, !Self.isLeap(candidate.pair, leaps) else { return }
                    if let meeting = fold.add(candidate.pair) { meetings.append(meeting) }
                    try budget.allow(results: meetings.count)
                }
            }
            if let meeting = fold.finish() { meetings.append(meeting) }
        }
        self.meetings = meetings
        count = nearest.count
        samples = nearest.finish().map { Self.judge($0, meetings: meetings, rule: rule, leaps: leaps) }
    }

    private static func isLeap(_ pair: CoPresence, _ leaps: Set<LocationID>) -> Bool {
        !leaps.isEmpty && (leaps.contains(pair.own.id) || leaps.contains(pair.other.id))
    }

    private static func judge(
        _ candidate: TrailPairs.Candidate,
        meetings: [Encounter],
        rule: EncounterRule,
        leaps: Set<LocationID>
    ) -> Sample {
        let pair = candidate.pair
        func sample(_ verdict: Verdict, meeting: Int? = nil) -> Sample {
            Sample(pair: pair, verdict: verdict, meeting: meeting)
        }
        guard !candidate.isLate else { return sample(.tooFarApartInTime) }
        switch rule.plausibility.doubt(of: pair.own) ?? rule.plausibility.doubt(of: pair.other) {
        case .mock: return sample(.mockLocation)
        case .inaccurate: return sample(.inaccurateLocation)
        case .tooFast, nil: break
        }
        guard !isLeap(pair, leaps) else { return sample(.impossibleSpeed) }
        guard rule.isAccurate(pair) else { return sample(.tooInaccurate) }
        guard candidate.isNear else { return sample(.beyondLeavingDistance) }
        // The meetings of two persons follow each other, and so do the starts of their pairs.
        let index = meetings.partitioningIndex { $0.pairStarts.upperBound >= pair.start }
        guard index < meetings.count, meetings[index].pairStarts.contains(pair.start) else {
            return sample(.notEntered)
        }
        return sample(rule.isEntry(pair) ? .enters : .stays, meeting: index)
    }
}
