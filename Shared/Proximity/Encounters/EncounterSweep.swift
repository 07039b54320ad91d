package import Models

/// Makes meetings of the co-presences of many pairs of persons, slice of time by slice of time.
///
/// A meeting comes out as soon as nothing can join it any more. What is kept are the meetings that may still go on, and those
/// that ended within the last quarter of a gap: memory grows with the people who are together at a time, never with the length
/// of the event. O(n log n) for the n co-presences of a slice.
package struct EncounterSweep: Sendable {
    private let rule: EncounterRule
    private var ongoing: [PersonPair: OpenMeeting] = [:]
    private var nextCleaning = Int64.min

    /// Starts with no meeting.
    package init(rule: EncounterRule) {
        self.rule = rule
    }

    /// How many meetings are kept.
    package var openCount: Int { ongoing.count }

    /// Takes the co-presences that start in the next slice of time.
    ///
    /// - Parameters:
    ///   - pairs: all of them, in any order; one that comes twice counts once.
    ///   - slice: the time, which must not begin before the end of the slice before it.
    /// - Returns: the meetings that are over, by their starts and persons.
    package mutating func add(_ pairs: [CoPresence], startingIn slice: TimeWindow) -> [Encounter] {
        var finished = clean(at: slice.start.microseconds)
        let order = Self.order(of: pairs)
        var position = 0
        while position < order.count {
            let key = order[position]
            guard let persons = key.persons(in: pairs) else {
                position += 1
                continue
            }
            var fold = EncounterFold(of: persons, rule: rule, resuming: ongoing[persons])
            var last: SortKey?
            while position < order.count, order[position].pair == key.pair {
                let next = order[position]
                position += 1
                if let last, next.repeats(last, in: pairs) { continue }
                last = next
                if let encounter = fold.add(pairs[next.index]) { finished.append(encounter) }
            }
            ongoing[persons] = fold.ongoing
        }
        finished.sort { ($0.start, $0.persons) < ($1.start, $1.persons) }
        return finished
    }

    /// Ends with no more co-presences to come.
    ///
    /// - Returns: the meetings that were still open.
    package mutating func finish() -> [Encounter] {
        defer { ongoing = [:] }
        return ongoing.compactMap { $1.encounter(of: $0) }.sorted { ($0.start, $0.persons) < ($1.start, $1.persons) }
    }

    /// The meetings of co-presences that are all there.
    package static func encounters(of pairs: [CoPresence], rule: EncounterRule) -> [Encounter] {
        var sweep = EncounterSweep(rule: rule)
        let start = pairs.lazy.map(\.start).min() ?? Timestamp(microseconds: 0)
        let end = pairs.lazy.map(\.end).max() ?? start
        guard let window = TimeWindow(start: start, end: end) else { return [] }
        let finished = sweep.add(pairs, startingIn: window) + sweep.finish()
        return finished.sorted { ($0.start, $0.persons) < ($1.start, $1.persons) }
    }

    /// Takes out what nothing can join any more; not at every slice, so that short slices do not make it expensive.
    private mutating func clean(at now: Int64) -> [Encounter] {
        guard now >= nextCleaning else { return [] }
        nextCleaning = now + rule.gap.microseconds / 4
        var finished: [Encounter] = []
        ongoing = ongoing.filter { persons, meeting in
            if meeting.continues(at: now, gap: rule.gap.microseconds) { return true }
            if let encounter = meeting.encounter(of: persons) { finished.append(encounter) }
            return false
        }
        return finished
    }

    /// The co-presences by pair of persons and times; those are sorted instead of the much larger co-presences.
    private static func order(of pairs: [CoPresence]) -> [SortKey] {
        var keys: [SortKey] = []
        keys.reserveCapacity(pairs.count)
        for (index, pair) in pairs.enumerated() { keys.append(SortKey(pair, index: index)) }
        keys.sort { left, right in
            if left.pair != right.pair { return left.pair < right.pair }
            if left.start != right.start { return left.start < right.start }
            if left.end != right.end { return left.end < right.end }
            return left.ids(in: pairs) < right.ids(in: pairs)
        }
        return keys
    }
}

/// Where a co-presence stands in the order of a sweep.
private struct SortKey {
    /// Both persons' numbers, the lower one in the upper half.
    let pair: UInt64
    let start: Int64
    let end: Int64
    let index: Int

    init(_ pair: CoPresence, index: Int) {
        let (own, other) = (pair.own.report.personID.rawValue, pair.other.report.personID.rawValue)
        self.pair = UInt64(min(own, other).magnitude) << 32 | UInt64(max(own, other).magnitude)
        start = pair.start.microseconds
        end = pair.end.microseconds
        self.index = index
    }

    func persons(in pairs: [CoPresence]) -> PersonPair? {
        PersonPair(pairs[index].own.report.personID, pairs[index].other.report.personID)
    }

    /// Both locations' numbers, the lower person's first.
    func ids(in pairs: [CoPresence]) -> (LocationID, LocationID) {
        let (own, other) = (pairs[index].own, pairs[index].other)
        return own.report.personID < other.report.personID ? (own.id, other.id) : (other.id, own.id)
    }

    func repeats(_ last: SortKey, in pairs: [CoPresence]) -> Bool {
        start == last.start && end == last.end && ids(in: pairs) == last.ids(in: pairs)
    }
}
