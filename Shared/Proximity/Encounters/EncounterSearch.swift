package import Models

/// Looks for the meetings of everybody, step by step, each a slice of time.
///
/// A slice is as long as it may be for its co-presences to fit into memory: they are counted before they are gathered. A
/// step takes some tens of milliseconds, so that whoever asks can be answered, or leave, in between.
///
/// ```swift
/// var search = EncounterSearch(in: window, rule: rule)
/// while !search.isOver { send(search.step(in: index)) }
/// ```
package struct EncounterSearch: Sendable {
    /// Whether there is nothing left to look at.
    package private(set) var isOver = false
    /// Where the next step begins: co-presences whose earlier location lies before it have been taken.
    package private(set) var position: Timestamp

    private let window: TimeWindow
    private let rule: EncounterRule
    private let maximumPairs: Int
    private var sweep: EncounterSweep
    private var length: Int64 = 10_000_000

    private static let shortest: Int64 = 1_000
    private static let longest: Int64 = 86_400_000_000

    /// Starts at the beginning of a window.
    ///
    /// - Parameters:
    ///   - window: the time of all locations that count.
    ///   - rule: what a meeting is.
    ///   - maximumPairs: how many co-presences are held at a time; more only if a single millisecond has them.
    package init(in window: TimeWindow, rule: EncounterRule, maximumPairs: Int = 250_000) {
        self.window = window
        self.rule = rule
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
    package mutating func step(in index: GridIndex, upTo end: Timestamp? = nil) -> [Encounter] {
        let end = min(end ?? window.end, window.end)
        guard let start = index.firstTime(from: position), start < end else {
            position = max(position, end)
            return finishIfOver()
        }
        position = start
        var count = 0
        var slice: TimeWindow?
        while true {
            slice = TimeWindow(start: start, end: min(Timestamp(microseconds: start.microseconds + length), end))
            count = slice.map { index.coPresenceCount(startingIn: $0, in: window, rule: rule) } ?? 0
            guard count > maximumPairs, length > Self.shortest else { break }
            length = max(length / 2, Self.shortest)
        }
        guard let slice else { return [] }
        let pairs = index.coPresences(startingIn: slice, in: window, rule: rule)
        let encounters = sweep.add(pairs, startingIn: slice)
        position = slice.end
        if count <= maximumPairs / 4 { length = min(length * 2, Self.longest) }
        return encounters + finishIfOver()
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

    fileprivate func coPresenceCount(startingIn slice: TimeWindow, in window: TimeWindow, rule: EncounterRule) -> Int {
        coPresenceCount(
            startingIn: slice,
            in: window,
            radius: rule.leavingRadius,
            within: rule.within.microseconds
        )
    }

    fileprivate func coPresences(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        rule: EncounterRule
    ) -> [CoPresence] {
        let pairs = coPresences(
            startingIn: slice,
            in: window,
            radius: rule.leavingRadius,
            within: rule.within.microseconds
        )
        return plausible(pairs, rule.plausibility)
    }
}
