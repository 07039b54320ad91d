package import Models

/// Looks for the meetings of one person, step by step, each a part of the person's trail.
///
/// A part is as long as it may be for its co-presences to fit into memory, in the thickest crowd too: how many there are at
/// most is found out before they are gathered.
package struct PersonEncounterSearch: Sendable {
    /// Whether there is nothing left to look at.
    package var isOver: Bool { next == trail.count }

    private let index: GridIndex
    private let person: PersonID
    private let window: TimeWindow
    private let rule: EncounterRule
    private let maximumPairs: Int
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
    ///   - maximumPairs: how many co-presences are held at a time; more only if a single location has them.
    package init(
        of person: PersonID,
        in index: GridIndex,
        during window: TimeWindow,
        rule: EncounterRule,
        maximumPairs: Int = 250_000
    ) {
        self.index = index
        self.person = person
        self.window = window
        self.rule = rule
        self.maximumPairs = maximumPairs
        trail = index.trail(of: person, in: window)
        sweep = EncounterSweep(rule: rule)
        // Of a pair whose later location is one's own, the other one comes before.
        let first = trail.first.map { $0.report.creationTime.microseconds - rule.within.microseconds }
        position = max(window.start, first.map(Timestamp.init(microseconds:)) ?? window.start)
    }

    /// Looks at the next part of the trail.
    ///
    /// - Returns: the meetings that are over, by their starts and persons.
    package mutating func step() -> [Encounter] {
        guard !isOver else { return [] }
        var part = part(of: length)
        var bound = part.map(greatestCount) ?? 0
        while bound > maximumPairs, length > Self.lengths.lowerBound {
            length /= 2
            part = self.part(of: length)
            bound = part.map(greatestCount) ?? 0
        }
        guard let part else { return [] }
        let encounters = sweep.add(coPresences(in: part.earlier) + coPresences(in: part.later), startingIn: part.slice)
        next = part.end
        position = part.slice.end
        if bound <= maximumPairs / 4 { length = min(length * 2, Self.lengths.upperBound) }
        return isOver ? encounters + sweep.finish() : encounters
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

    private func greatestCount(_ part: Part) -> Int {
        [part.earlier, part.later].reduce(0) { $0 + greatestCount($1) }
    }

    /// No fewer than the co-presences: each own location with all others that are close to some own one.
    private func greatestCount(_ question: Question) -> Int {
        var others = 0
        index.forEachCoPresence(
            own: question.own.map(TrailPoint.init),
            of: person,
            with: nil,
            in: question.others,
            radius: rule.leavingRadius,
            within: rule.within.microseconds,
            isFirstOnly: true
        ) { _, _ in others += 1 }
        return others * question.own.count
    }

    private func coPresences(in question: Question) -> [CoPresence] {
        let pairs = index.coPresences(
            own: Array(question.own),
            of: person,
            with: nil,
            in: question.others,
            radius: rule.leavingRadius,
            within: rule.within.microseconds
        )
        return index.plausible(pairs, rule.plausibility)
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
    package func encounters(of person: PersonID, in window: TimeWindow, rule: EncounterRule) -> [Encounter] {
        var search = PersonEncounterSearch(of: person, in: self, during: window, rule: rule)
        var encounters: [Encounter] = []
        while !search.isOver { encounters += search.step() }
        return encounters.sorted { $0.rank(for: person) < $1.rank(for: person) }
    }
}
