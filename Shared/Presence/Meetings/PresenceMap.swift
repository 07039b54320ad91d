package import Proximity

/// The segments of all persons in a range of hours, indexed to find meetings.
///
/// The map is immutable, so answers do not depend on the order of questions.
package struct PresenceMap: Sendable {
    /// The stays of all persons, grouped by person.
    package let stays: [Stay]
    /// The moves of all persons, grouped by person.
    package let moves: [Move]
    /// The model's assumptions.
    let settings: PresenceSettings
    /// The numbers of the persons, in order.
    package let persons: [Int32]
    private let ranges: [Int32: (stays: Range<Int>, moves: Range<Int>)]
    let grid: StayGrid
    let paths: MoveGrid
    private let crowd: Crowd

    /// Builds a map.
    ///
    /// - Parameters:
    ///   - segments: the segments of each person, by number.
    ///   - settings: the model's assumptions.
    ///   - workers: the number of concurrent tasks.
    package init(
        _ segments: [Int32: PersonSegments],
        settings: PresenceSettings = PresenceSettings(),
        workers: Int = 1
    ) async {
        var (stays, moves): ([Stay], [Move]) = ([], [])
        var ranges: [Int32: (stays: Range<Int>, moves: Range<Int>)] = [:]
        let sorted = segments.sorted { $0.key < $1.key }
        persons = sorted.map(\.key)
        for (person, segments) in sorted {
            ranges[person] = (
                stays.count..<stays.count + segments.stays.count, moves.count..<moves.count + segments.moves.count
            )
            stays += segments.stays
            moves += segments.moves
        }
        self.stays = stays
        self.moves = moves
        self.ranges = ranges
        self.settings = settings
        grid = StayGrid(stays)
        paths = MoveGrid(moves)
        crowd = await Crowd(stays, grid, settings: settings, workers: workers)
    }

    /// The segments of a person; empty for a person who is not in the map.
    ///
    /// O(segments).
    package func segments(of person: Int32) -> PersonSegments {
        guard let own = ranges[person] else { return PersonSegments(stays: [], moves: []) }
        return PersonSegments(stays: Array(stays[own.stays]), moves: Array(moves[own.moves]))
    }

    /// Whether a person has the same segments in two maps.
    ///
    /// O(segments).
    package func hasSameSegments(of person: Int32, as other: PresenceMap) -> Bool {
        guard let own = ranges[person], let its = other.ranges[person] else { return false }
        return stays[own.stays] == other.stays[its.stays] && moves[own.moves] == other.moves[its.moves]
    }

    /// The overlaps of one person.
    ///
    /// - Parameters:
    ///   - person: the person's number.
    ///   - rule: the definition of a meeting.
    ///   - isOnce: whether to skip persons with lower numbers.
    ///   - budget: the bound for the search; each overlap counts as a pair.
    /// - Returns: the overlaps in the order of the person's segments.
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    package func overlaps(
        of person: Int32,
        _ rule: MeetingRule,
        once isOnce: Bool = false,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [Overlap] {
        guard let own = ranges[person] else { return [] }
        return try overlaps(of: own, rule, budget) { isOnce ? $0 > $1 : $0 != $1 }
    }

    /// The overlaps of two persons, in the order of the first person's segments.
    func overlaps(
        of person: Int32,
        and other: Int32,
        _ rule: MeetingRule,
        budget: SearchBudget
    ) throws(SearchFailure) -> [Overlap] {
        guard let own = ranges[person] else { return [] }
        return try overlaps(of: own, rule, budget) { candidate, _ in candidate == other }
    }

    /// Calls the functions with the indices of a person's stays and moves.
    func forEachSegment(of person: Int32, stay: (Int) -> Void, move: (Int) -> Void) {
        guard let own = ranges[person] else { return }
        own.stays.forEach(stay)
        own.moves.forEach(move)
    }

    private func overlaps(
        of own: (stays: Range<Int>, moves: Range<Int>),
        _ rule: MeetingRule,
        _ budget: SearchBudget,
        where isWanted: (_ other: Int32, _ own: Int32) -> Bool
    ) throws(SearchFailure) -> [Overlap] {
        let model = ClosenessModel(within: rule.distance, settings: settings)
        var overlaps: [Overlap] = []
        for index in own.stays where rule.covers(stays[index].earliest, stays[index].latest) {
            let person = stays[index].key.person
            let before = overlaps.count
            grid.forEachNeighbour(of: index, within: model.greatestReach) { other in
                guard isWanted(other.person, person) else { return }
                if let overlap = overlap(index, other, model, rule) { overlaps.append(overlap) }
            }
            try budget.spend(pairs: overlaps.count - before)
            try budget.check()
        }
        for index in own.moves where rule.covers(moves[index].start, moves[index].end) {
            let person = moves[index].key.person
            for other in paths.neighbours(of: index, within: rule.distance)
            where isWanted(moves[other].key.person, person) {
                let isFirst = person < moves[other].key.person
                let (first, second) = isFirst ? (index, other) : (other, index)
                overlaps += moveOverlaps(first, second, model, rule)
                try budget.spend(pairs: 1)
            }
            try budget.check()
        }
        return overlaps
    }

    private func overlap(
        _ index: Int,
        _ neighbour: StayGrid.Neighbour,
        _ model: ClosenessModel,
        _ rule: MeetingRule
    ) -> Overlap? {
        let (own, its) = (stays[index].deviation, neighbour.deviation)
        let variance = Double(own * own + its * its)
        guard Double(neighbour.distance) <= model.reach(variance: variance) else { return nil }
        let person = stays[index].key.person
        let isFirst = person < neighbour.person
        let (one, other) = isFirst ? (index, neighbour.index) : (neighbour.index, index)
        return judged(
            .stays(first: Int32(truncatingIfNeeded: one), second: Int32(truncatingIfNeeded: other)),
            of: isFirst ? (person, neighbour.person) : (neighbour.person, person),
            measured: (Double(neighbour.distance), variance),
            crowd: (
                crowd.density.around(index, and: neighbour, stays),
                (crowd.companions[one] + crowd.companions[other]) / 2
            ),
            model,
            rule
        )
    }

    private func moveOverlaps(_ one: Int, _ other: Int, _ model: ClosenessModel, _ rule: MeetingRule) -> [Overlap] {
        CommonWay(moves[one], moves[other], reach: model.greatestReach, settings: settings).parts.compactMap { part in
            guard part.distance <= model.reach(variance: part.variance) else { return nil }
            return judged(
                .moves(
                    first: Int32(truncatingIfNeeded: one),
                    second: Int32(truncatingIfNeeded: other),
                    start: part.start,
                    end: part.end
                ),
                of: (moves[one].key.person, moves[other].key.person),
                measured: (part.distance, part.variance),
                crowd: (part.density, Float(settings.companions)),
                model,
                rule
            )
        }
    }

    private func judged(
        _ kind: Overlap.Kind,
        of persons: (Int32, Int32),
        measured: (distance: Double, variance: Double),
        crowd: (density: Float, companions: Float),
        _ model: ClosenessModel,
        _ rule: MeetingRule
    ) -> Overlap? {
        let verdict = model.verdict(
            measured: measured.distance,
            variance: measured.variance,
            density: Double(crowd.density),
            companions: Double(crowd.companions)
        )
        guard verdict.probability >= rule.leastProbability else { return nil }
        return Overlap(
            first: persons.0,
            second: persons.1,
            kind: kind,
            distance: Float(measured.distance),
            deviation: Float(measured.variance.squareRoot()),
            density: crowd.density,
            companions: crowd.companions,
            probability: Float(verdict.probability),
            companionship: Float(verdict.companionship)
        )
    }
}
