extension PresenceMap {
    /// What two persons have to do with each other, and their meetings.
    package struct Answer: Sendable {
        /// The row of the list of people.
        package let person: PersonMet
        /// The meetings in the order of time.
        package let meetings: [PersonMeeting]
        /// The parts of time in which they may have been together, for whoever wants them all.
        package let pieces: [OverlapPiece]
    }

    /// The answers about everybody, by the numbers of the two persons.
    ///
    /// - Parameters:
    ///   - rule: what is asked for.
    ///   - workers: how many tasks share the work.
    /// - Returns: an answer for each pair of persons who may have been together.
    package func answers(_ rule: MeetingRule, workers: Int = 1) async -> [Answer] {
        await Parallel.map(numbers.indices, workers: workers) { part in
            part.flatMap { answers(overlaps(of: numbers[$0], rule, once: true), rule) }
        }.flatMap { $0 }
    }

    /// The answers about one person, by the number of the other one.
    package func answers(of person: Int32, _ rule: MeetingRule) -> [Answer] {
        answers(overlaps(of: person, rule), rule)
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
            let history = PairHistory(Array(sorted[start..<end]), stays: stays, model: model)
            let meetings = history.meetings(rule, in: self)
            if let person = history.personMet(meetings) {
                answers.append(Answer(person: person, meetings: meetings, pieces: history.pieces))
            }
            start = end
        }
        return answers
    }
}
