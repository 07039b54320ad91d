package import Models

/// Looks for the meetings of everybody, step by step, each a slice of time.
///
/// A slice is as long as it may be for its co-presences to fit into memory: one that has more is given up and halved. A step
/// takes some tens of milliseconds, so that the client can be answered, or leave, in between.
///
/// ```swift
/// var search = EncounterSearch(in: window, rule: rule)
/// while !search.isOver { send(try search.step(in: index)) }
/// ```
package struct EncounterSearch: Sendable {
    /// Whether there is nothing left to look at.
    package private(set) var isOver = false
    /// Where the next step begins: co-presences whose earlier location lies before it have been taken.
    package private(set) var position: Timestamp

    private let window: TimeWindow
    private let rule: EncounterRule
    private let maximumPairs: Int
    private let budget: SearchBudget
    private var sweep: EncounterSweep
    private var length: Int64 = 10_000_000

    private static let shortest: Int64 = 1_000
    private static let longest: Int64 = 86_400_000_000

    /// Starts at the beginning of a window.
    ///
    /// - Parameters:
    ///   - window: the time of all locations that count.
    ///   - rule: what a meeting is.
    ///   - budget: what the search may cost.
    ///   - maximumPairs: how many co-presences are held at a time; if a single millisecond has more, as many as the budget
    ///     allows.
    package init(
        in window: TimeWindow,
        rule: EncounterRule,
        budget: SearchBudget = SearchBudget(),
        maximumPairs: Int = 65_536
    ) {
        self.window = window
        self.rule = rule
        self.budget = budget
        self.maximumPairs = maximumPairs
        sweep = EncounterSweep(rule: rule)
        position = window.start
    }

    /// Looks at the next slice of time.
    ///
    /// - Parameters:
    ///   - index: the locations from ``position`` to `end` and, behind that, as long as two of a pair may lie apart.
    ///   - end: where this step stops at the latest; the window's end if `nil`.
    /// - Returns: the meetings that are over, by their starts and persons.
    /// - Throws: if the search costs more than its budget; it is of no further use then.
    package mutating func step(
        in index: GridIndex,
        upTo end: Timestamp? = nil
    ) throws(SearchFailure) -> [Encounter] {
        try budget.step { () throws(SearchFailure) in try advance(in: index, upTo: min(end ?? window.end, window.end)) }
    }

    private mutating func advance(in index: GridIndex, upTo end: Timestamp) throws(SearchFailure) -> [Encounter] {
        guard let start = index.firstTime(from: position), start < end else {
            position = max(position, end)
            return finishIfOver()
        }
        position = start
        while let slice = slice(from: start, upTo: end) {
            guard let pairs = try coPresences(startingIn: slice, in: index) else {
                length = max(length / 2, Self.shortest)
                continue
            }
            try budget.spend(pairs: pairs.count)
            if pairs.count <= maximumPairs / 4 { length = min(length * 2, Self.longest) }
            let encounters = sweep.add(index.plausible(pairs, rule.plausibility), startingIn: slice)
            try budget.allow(results: sweep.openCount)
            position = slice.end
            return encounters + finishIfOver()
        }
        return []
    }

    private func slice(from start: Timestamp, upTo end: Timestamp) -> TimeWindow? {
        TimeWindow(start: start, end: min(Timestamp(microseconds: start.microseconds + length), end))
    }

    /// The co-presences of a slice; `nil` if they are too many and a shorter slice has fewer.
    private func coPresences(
        startingIn slice: TimeWindow,
        in index: GridIndex
    ) throws(SearchFailure) -> [CoPresence]? {
        func pairs(upTo limit: Int) throws(SearchFailure) -> [CoPresence] {
            try index.coPresences(
                startingIn: slice,
                in: window,
                radius: rule.leavingRadius,
                within: rule.within.microseconds,
                upTo: limit,
                budget: budget
            )
        }
        do throws(SearchFailure) {
            return try pairs(upTo: maximumPairs)
        } catch .tooManyAtOnce {
            guard length == Self.shortest else { return nil }
            return try budget.holdingMost { limit throws(SearchFailure) in try pairs(upTo: limit) }
        } catch {
            throw error
        }
    }

    private mutating func finishIfOver() -> [Encounter] {
        guard position >= window.end, !isOver else { return [] }
        isOver = true
        return sweep.finish()
    }
}

extension GridIndex {
    /// A moment from which on there may be locations, as early as `time` or the beginning of a later day.
    fileprivate func firstTime(from time: Timestamp) -> Timestamp? {
        let day = time.day
        let next = segments.partitioningIndex { $0.day >= day }
        guard next < segments.count else { return nil }
        return max(time, Timestamp(microseconds: segments[next].day.microseconds))
    }
}
