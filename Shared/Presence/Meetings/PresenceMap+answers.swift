package import Proximity

extension PresenceMap {
    /// What two persons have to do with each other, and their meetings.
    package struct Answer: Sendable {
        /// The row of the list of people.
        package let person: PersonMet
        /// The meetings in the order of time.
        package let meetings: [PersonMeeting]
        /// The parts of time in which they may have been together, in the order of time.
        package let pieces: [OverlapPiece]
    }

    /// The answers about all persons, by the numbers of the two persons.
    ///
    /// - Parameters:
    ///   - rule: what is asked for.
    ///   - workers: how many tasks share the work.
    /// - Returns: an answer for each pair of persons who may have been together.
    package func answers(_ rule: MeetingRule, workers: Int = 1) async throws(SearchFailure) -> [Answer] {
        let parts = await Parallel.map(numbers.indices, workers: workers) { part in
            Result { () throws(SearchFailure) in try answers(ofPersonsAt: part, rule) }
        }
        var all: [Answer] = []
        for part in parts { all += try part.get() }
        return all
    }

    /// How many persons there are.
    package var personCount: Int { numbers.count }

    /// The answers about some persons, each with those of higher numbers.
    ///
    /// - Parameters:
    ///   - places: the places of the persons in the order of their numbers, below ``personCount``.
    ///   - rule: what is asked for.
    ///   - budget: what the search may cost.
    /// - Returns: the answers by the numbers of the two persons.
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func answers(
        ofPersonsAt places: Range<Int>,
        _ rule: MeetingRule,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [Answer] {
        var all: [Answer] = []
        for place in places {
            all += answers(try overlaps(of: numbers[place], rule, once: true, budget: budget), rule)
        }
        return all
    }

    /// The answers about one person, by the number of the other one.
    ///
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func answers(
        of person: Int32,
        _ rule: MeetingRule,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [Answer] {
        answers(try overlaps(of: person, rule, budget: budget), rule)
    }

    /// How many fixes stand behind some overlaps; those of a segment count once.
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
        let sorted = overlaps.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
        var answers: [Answer] = []
        var start = 0
        while start < sorted.count {
            let end =
                sorted[start...].firstIndex { $0.first != sorted[start].first || $0.second != sorted[start].second }
                ?? sorted.count
            let history = PairHistory(Array(sorted[start..<end]), stays: stays, model: model, window: rule.window)
            let meetings = history.meetings(rule, in: self)
            if !history.pieces.isEmpty, let person = history.personMet(meetings) {
                answers.append(Answer(person: person, meetings: meetings, pieces: history.pieces))
            }
            start = end
        }
        return answers
    }
}
