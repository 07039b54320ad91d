package import Geospatial
package import Proximity

extension PresenceMap {
    /// The meetings of two persons, with their summary.
    package struct Answer: Sendable {
        /// The summary of the two persons.
        package let person: PersonMet
        /// The meetings in order of time.
        package let meetings: [PersonMeeting]
        /// The intervals in which they may have been together, in order of time.
        package let pieces: [OverlapPiece]
    }

    /// The answers for all pairs of persons, ordered by their numbers.
    ///
    /// - Parameters:
    ///   - rule: the definition of a meeting.
    ///   - workers: the number of concurrent tasks.
    /// - Returns: an answer for each pair of persons who may have been together.
    /// - Throws: Never, because the search has no budget.
    package func answers(_ rule: MeetingRule, workers: Int = 1) async throws(SearchFailure) -> [Answer] {
        let parts = await Parallel.map(persons.indices, workers: workers) { part in
            Result { () throws(SearchFailure) in try answers(ofPersonsAt: part, rule) }
        }
        var all: [Answer] = []
        for part in parts { all += try part.get() }
        return all
    }

    /// The amount in metres by which a measured distance may exceed the rule's distance and still count.
    package static var reach: Double { ClosenessModel.reach }

    /// The number of persons.
    package var personCount: Int { persons.count }

    /// The answers for some persons.
    ///
    /// Each pair is reported once, with the person of the lower number.
    ///
    /// - Parameters:
    ///   - places: the indices of the persons in the order of their numbers, below ``personCount``.
    ///   - rule: the definition of a meeting.
    ///   - budget: the bound for the search.
    ///   - isWanted: whether an overlap may be part of a meeting.
    /// - Returns: the answers, ordered by the numbers of the two persons.
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func answers(
        ofPersonsAt places: Range<Int>,
        _ rule: MeetingRule,
        budget: SearchBudget = SearchBudget(),
        where isWanted: (Overlap) -> Bool = { _ in true }
    ) throws(SearchFailure) -> [Answer] {
        var all: [Answer] = []
        for place in places {
            let overlaps = try overlaps(of: persons[place], rule, once: true, budget: budget)
            all += answers(overlaps.filter(isWanted), rule)
        }
        return all
    }

    /// The answers for one person, ordered by the number of the other.
    ///
    /// Overlaps that are not wanted are part of no meeting.
    ///
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func answers(
        of person: Int32,
        _ rule: MeetingRule,
        budget: SearchBudget = SearchBudget(),
        where isWanted: (Overlap) -> Bool = { _ in true }
    ) throws(SearchFailure) -> [Answer] {
        answers(try overlaps(of: person, rule, budget: budget).filter(isWanted), rule)
    }

    /// All overlaps and meetings of two persons, including the evidence against a meeting.
    ///
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func evidence(
        of person: Int32,
        and other: Int32,
        _ rule: MeetingRule,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> PairEvidence {
        let overlaps = try overlaps(of: person, and: other, rule, budget: budget)
        let model = ClosenessModel(within: rule.distance, settings: settings)
        let history = PairHistory(overlaps, stays: stays, model: model, window: rule.window)
        let used = Set(history.pieces.map(\.overlap))
        let seen = history.overlaps.indices.filter(used.contains).map { (history.overlaps[$0], $0) }
        let starts = Dictionary(history.pieces.map { ($0.overlap, $0.start) }, uniquingKeysWith: min)
        return PairEvidence(
            overlaps: seen.sorted { (starts[$0.1] ?? 0, $0.1) < (starts[$1.1] ?? 0, $1.1) }.map(\.0),
            meetings: history.meetings(rule, in: self)
        )
    }

    /// The start of an overlap, in microseconds since 1970.
    package func start(of overlap: Overlap) -> Int64 {
        switch overlap.kind {
        case .stays(let first, let second): max(stays[Int(first)].start, stays[Int(second)].start)
        case .moves(_, _, let start, _): start
        }
    }

    /// The place of an overlap: between the two places, weighted by their precision.
    package func place(of overlap: Overlap) -> Coordinate {
        switch overlap.kind {
        case .stays(let first, let second):
            let (one, other) = (stays[Int(first)], stays[Int(second)])
            let (own, its) = (one.deviation * one.deviation, other.deviation * other.deviation)
            return one.coordinate.point(
                towards: other.coordinate,
                share: Double(own / max(own + its, .leastNormalMagnitude))
            )
        case .moves(let first, let second, let start, let end):
            let middle = start + (end - start) / 2
            return moves[Int(first)].coordinate(at: middle)
                .point(towards: moves[Int(second)].coordinate(at: middle), share: 0.5)
        }
    }

    /// The persons who were within a distance of a person at some time in a window.
    ///
    /// - Parameters:
    ///   - person: the person's number.
    ///   - distance: the maximum distance of the measured places, in metres.
    ///   - window: the time range in microseconds since 1970.
    /// - Returns: their numbers.
    package func persons(near person: Int32, within distance: Double, during window: Range<Int64>) -> Set<Int32> {
        var found: Set<Int32> = []
        forEachSegment(of: person) { stay in
            guard stays[stay].earliest < window.upperBound, stays[stay].latest > window.lowerBound else { return }
            grid.forEachNeighbour(of: stay, within: distance) { found.insert($0.person) }
        } move: { move in
            guard moves[move].start < window.upperBound, moves[move].end > window.lowerBound else { return }
            for other in paths.neighbours(of: move, within: distance) { found.insert(moves[other].key.person) }
        }
        found.remove(person)
        return found
    }

    /// The number of fixes behind some overlaps.
    ///
    /// The fixes of a segment count once.
    func fixes(of overlaps: [Overlap]) -> Int {
        var (stays, moves): (Set<Int32>, Set<Int32>) = ([], [])
        for overlap in overlaps {
            switch overlap.kind {
            case .stays(let first, let second): stays.formUnion([first, second])
            case .moves(let first, let second, _, _): moves.formUnion([first, second])
            }
        }
        return stays.reduce(0) { $0 + Int(self.stays[Int($1)].fixes) }
            + moves.reduce(0) { $0 + self.moves[Int($1)].knots.count }
    }

    private func answers(_ overlaps: [Overlap], _ rule: MeetingRule) -> [Answer] {
        let model = ClosenessModel(within: rule.distance, settings: settings)
        // Sort the indices, because overlaps are large.
        let order = overlaps.indices.sorted {
            (overlaps[$0].first, overlaps[$0].second, $0) < (overlaps[$1].first, overlaps[$1].second, $1)
        }
        var answers: [Answer] = []
        var start = 0
        while start < order.count {
            let pair = (overlaps[order[start]].first, overlaps[order[start]].second)
            let end =
                order[start...].firstIndex { (overlaps[$0].first, overlaps[$0].second) != pair } ?? order.count
            let own = order[start..<end].map { overlaps[$0] }
            let history = PairHistory(own, stays: stays, model: model, window: rule.window)
            let meetings = history.meetings(rule, in: self)
            if !history.pieces.isEmpty, let person = history.personMet(meetings) {
                answers.append(Answer(person: person, meetings: meetings, pieces: history.pieces))
            }
            start = end
        }
        return answers
    }
}

/// All overlaps and meetings of two persons.
package struct PairEvidence: Sendable {
    /// The overlaps in order of time, whatever their probability.
    package let overlaps: [Overlap]
    /// The meetings in order of time.
    package let meetings: [PersonMeeting]

    package init(overlaps: [Overlap], meetings: [PersonMeeting]) {
        self.overlaps = overlaps
        self.meetings = meetings
    }
}
