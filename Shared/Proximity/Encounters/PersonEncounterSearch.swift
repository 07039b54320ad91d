package import Models

/// Looks for the meetings of one person, step by step, each a part of the person's trail.
///
/// A part is as long as it may be for its co-presences to fit into memory, in the thickest crowd too: one that has more is
/// given up and halved. A step takes some milliseconds, so that other searches have their turn in between.
package struct PersonEncounterSearch: Sendable {
    /// Whether there is nothing left to look at.
    package var isOver: Bool { next == trail.count }

    private let index: GridIndex
    private let person: PersonID
    private let window: TimeWindow
    private let rule: EncounterRule
    private let maximumPairs: Int
    private let budget: SearchBudget
    private let trail: [Location]
    /// The first location of the trail that no step has begun with.
    private var next = 0
    /// Where the next step begins: co-presences whose earlier location lies before it have been taken.
    private var position: Timestamp
    private var sweep: EncounterSweep
    private var length = 64

    private static let lengths = 1...1_024

    /// Starts at the beginning of a window.
    ///
    /// - Parameters:
    ///   - person: whose meetings.
    ///   - index: all locations.
    ///   - window: the time of those that count.
    ///   - rule: what a meeting is.
    ///   - budget: what the search may cost.
    ///   - maximumPairs: how many co-presences are held at a time; if a single location has more, as many as the budget
    ///     allows.
    /// - Throws: if the trail is longer than the budget allows.
    package init(
        of person: PersonID,
        in index: GridIndex,
        during window: TimeWindow,
        rule: EncounterRule,
        budget: SearchBudget = SearchBudget(),
        maximumPairs: Int = 8_192
    ) throws(SearchFailure) {
        try budget.allow(trail: index.trailCount(of: person, in: window))
        self.index = index
        self.person = person
        self.window = window
        self.rule = rule
        self.maximumPairs = maximumPairs
        self.budget = budget
        trail = index.trail(of: person, in: window)
        sweep = EncounterSweep(rule: rule)
        // Of a pair whose later location is one's own, the other one comes before.
        let first = trail.first.map { $0.report.creationTime.microseconds - rule.within.microseconds }
        position = max(window.start, first.map(Timestamp.init(microseconds:)) ?? window.start)
    }

    /// Looks at the next part of the trail.
    ///
    /// - Returns: the meetings that are over, by their starts and persons.
    /// - Throws: if the search costs more than its budget; it is of no further use then.
    package mutating func step() throws(SearchFailure) -> [Encounter] {
        try budget.step { () throws(SearchFailure) in try advance() }
    }

    private mutating func advance() throws(SearchFailure) -> [Encounter] {
        guard !isOver else { return [] }
        while let part = part(of: length) {
            guard let pairs = try coPresences(in: part) else {
                length /= 2
                continue
            }
            try budget.spend(pairs: pairs.count)
            if pairs.count <= maximumPairs / 4 { length = min(length * 2, Self.lengths.upperBound) }
            let encounters = sweep.add(index.plausible(pairs, rule.plausibility), startingIn: part.slice)
            next = part.end
            position = part.slice.end
            return isOver ? encounters + sweep.finish() : encounters
        }
        return []
    }

    /// Own locations, and the time in which others' are looked for.
    private struct Question {
        let own: ArraySlice<Location>
        let others: TimeWindow
    }

    /// All co-presences whose earlier location lies in a slice of time: of an own location in the slice with others from its
    /// start on, and of an own location behind it with others in the slice.
    private struct Part {
        let slice: TimeWindow
        let earlier: Question
        let later: Question
        let end: Int
    }

    private func part(of length: Int) -> Part? {
        var end = next + length
        var time = Timestamp(microseconds: (trail.last?.report.creationTime.microseconds ?? 0) + 1)
        if end < trail.count {
            // Rows of the system that came before may share a moment; a slice ends before or behind all of them.
            time = trail[end].report.creationTime
            end = first(at: time)
            if end <= next {
                time = Timestamp(microseconds: time.microseconds + 1)
                end = first(at: time)
            }
        }
        end = min(end, trail.count)
        let within = rule.within.microseconds
        let behind = Timestamp(microseconds: time.microseconds + within)
        guard let slice = TimeWindow(start: position, end: time),
            let reach = TimeWindow(start: position, end: max(min(behind, window.end), position))
        else { return nil }
        return Part(
            slice: slice,
            earlier: Question(own: trail[next..<end], others: reach),
            later: Question(own: trail[end..<first(at: behind)], others: slice),
            end: end
        )
    }

    private func first(at time: Timestamp) -> Int {
        trail.partitioningIndex { $0.report.creationTime >= time }
    }

    /// The co-presences of a part; `nil` if they are too many and a smaller part has fewer.
    private func coPresences(in part: Part) throws(SearchFailure) -> [CoPresence]? {
        do throws(SearchFailure) {
            return try coPresences(in: part, upTo: maximumPairs)
        } catch .tooManyAtOnce {
            guard length == Self.lengths.lowerBound else { return nil }
            return try budget.holdingMost { limit throws(SearchFailure) in try coPresences(in: part, upTo: limit) }
        } catch {
            throw error
        }
    }

    private func coPresences(in part: Part, upTo limit: Int) throws(SearchFailure) -> [CoPresence] {
        var pairs: [CoPresence] = []
        for question in [part.earlier, part.later] {
            try index.appendCoPresences(
                to: &pairs,
                upTo: limit,
                own: question.own,
                of: person,
                in: question.others,
                radius: rule.leavingRadius,
                within: rule.within.microseconds,
                budget: budget
            )
        }
        return pairs
    }
}

extension GridIndex {
    /// A person's meetings, all at once; see ``PersonEncounterSearch``.
    ///
    /// - Parameters:
    ///   - person: whose meetings.
    ///   - window: the time of all locations that count.
    ///   - rule: what a meeting is.
    /// - Returns: the meetings, the most significant first.
    /// - Throws: ``SearchFailure`` if the question is too wide.
    package func encounters(
        of person: PersonID,
        in window: TimeWindow,
        rule: EncounterRule
    ) throws(SearchFailure) -> [Encounter] {
        var search = try PersonEncounterSearch(of: person, in: self, during: window, rule: rule)
        var encounters: [Encounter] = []
        while !search.isOver { encounters += try search.step() }
        return encounters.sorted { $0.rank(for: person) < $1.rank(for: person) }
    }
}
