import Models
import Persistence
import Proximity
import Synchronization

extension IndexedLocations: EncounterRepository {
    /// How much of a person's time is searched at once.
    private static var sliceOfOne: Int64 { 6 * 3_600_000_000 }

    func encounters(of person: PersonID, in window: TimeWindow, rule: EncounterRule) async throws -> [Encounter]? {
        guard try await hasPerson(person) else { return nil }
        let index = try await index(round: person, in: window, radius: rule.leavingRadius)
        guard let busy = index.part(of: window) else { return [] }
        let sweep = SharedSweep(rule)
        var found: [Encounter] = []
        var slices = TimeSlices(of: busy, length: Self.sliceOfOne)
        while let slice = slices.next() {
            found += try await metrics.measure(.encounters) {
                try await compute.run {
                    sweep.add(index.coPresences(of: person, startingIn: slice, in: window, rule), startingIn: slice)
                }
            }
        }
        found += sweep.finish()
        return found.sorted { $0.rank(for: person) < $1.rank(for: person) }
    }

    func forEachEncounter(
        in window: TimeWindow,
        rule: EncounterRule,
        _ visit: ([Encounter]) async throws -> Void
    ) async throws {
        let sweep = SharedSweep(rule)
        if let busy = try await busyPart(of: window) {
            var slices = TimeSlices(of: busy, length: PairSlices.first)
            var past: PastDay?
            while let slice = slices.next() {
                // The state of this moment: whoever has been erased since the last slice is not in it.
                let index = try await index(for: slice, within: rule.within, &past)
                let (pairs, finished) = try await metrics.measure(.pairs) {
                    try await compute.run {
                        let pairs = index.coPresences(
                            startingIn: slice,
                            in: window,
                            radius: rule.leavingRadius,
                            within: rule.within.microseconds
                        )
                        return (pairs.count, sweep.add(pairs, startingIn: slice))
                    }
                }
                slices.length = PairSlices.length(after: slices.length, pairs: pairs)
                try await visit(finished)
            }
        }
        try await visit(sweep.finish())
    }

    func evidence(
        of person: PersonID,
        and other: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        limit: Int
    ) async throws -> EncounterEvidence {
        let index = try current()
        let older =
            if let before = index.absentPart(of: window) {
                try await past.trails(of: [person, other], in: before)
            } else {
                [Location]()
            }
        return try await metrics.measure(.evidence) {
            try await compute.run {
                let index = index.extended(by: older)
                return EncounterEvidence(
                    own: index.trail(of: person, in: window),
                    other: index.trail(of: other, in: window),
                    rule: rule,
                    limit: limit
                )
            }
        }
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        try await persons.persons(ids)
    }

    func checkAvailability() async throws {
        _ = try current()
        // Meetings are shown with names, so nothing can be without the database.
        _ = try await locations.offsets()
    }

    /// The part of a window in which there is anything at all.
    private func busyPart(of window: TimeWindow) async throws -> TimeWindow? {
        let index = try current()
        let recent = index.part(of: window)
        guard let before = index.absentPart(of: window), let earliest = try await locations.earliestTime(),
            earliest < before.end
        else { return recent }
        return TimeWindow(start: max(window.start, earliest), end: recent?.end ?? before.end)
    }

    /// The index for a slice of a day; where it does not reach back, with that day's locations, which are read once.
    private func index(for slice: TimeWindow, within: TimeApart, _ past: inout PastDay?) async throws -> GridIndex {
        let index = try current()
        let end = Timestamp(microseconds: slice.end.microseconds + within.microseconds)
        guard let reach = TimeWindow(start: slice.start, end: end), index.absentPart(of: reach) != nil else {
            return index
        }
        let day = slice.start.day
        if let past, past.day == day, past.firstDay == index.firstDay { return past.index }
        let next = CalendarDate(daysSince1970: day.daysSince1970 + 1)
        let whole = TimeWindow(
            start: Timestamp(microseconds: day.microseconds),
            end: Timestamp(microseconds: next.microseconds + within.microseconds)
        )
        guard let whole, let before = index.absentPart(of: whole) else { return index }
        let older = try await metrics.measure(.past) { try await self.past.everything(during: before) }
        let extended = try await compute.run { index.extended(by: older) }
        past = PastDay(day: day, firstDay: index.firstDay, index: extended)
        return extended
    }
}

/// A day that the index does not hold, together with the index as it was when the day was read.
private struct PastDay {
    let day: CalendarDate
    let firstDay: CalendarDate?
    let index: GridIndex
}

/// A sweep that slices of work take turns in.
private final class SharedSweep: Sendable {
    private let sweep: Mutex<EncounterSweep>

    init(_ rule: EncounterRule) {
        sweep = Mutex(EncounterSweep(rule: rule))
    }

    func add(_ pairs: [CoPresence], startingIn slice: TimeWindow) -> [Encounter] {
        sweep.withLock { $0.add(pairs, startingIn: slice) }
    }

    func finish() -> [Encounter] {
        sweep.withLock { $0.finish() }
    }
}

/// How long slices of everybody's time are: as long as their co-presences take some tens of megabytes.
private enum PairSlices {
    static let first: Int64 = 60_000_000
    private static let lengths: ClosedRange<Int64> = 1_000_000...3_600_000_000
    private static let pairs = 50_000...400_000

    static func length(after length: Int64, pairs count: Int) -> Int64 {
        let next = count < pairs.lowerBound ? length * 2 : count > pairs.upperBound ? length / 2 : length
        return min(max(next, lengths.lowerBound), lengths.upperBound)
    }
}

extension GridIndex {
    /// A person's co-presences whose earlier location lies in a slice of a window.
    fileprivate func coPresences(
        of person: PersonID,
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        _ rule: EncounterRule
    ) -> [CoPresence] {
        let end = Timestamp(microseconds: slice.end.microseconds + rule.within.microseconds)
        guard let reach = TimeWindow(start: slice.start, end: min(end, window.end)) else { return [] }
        var pairs = coPresences(
            of: person,
            in: reach,
            radius: rule.leavingRadius,
            within: rule.within.microseconds
        )
        pairs.removeAll { $0.start >= slice.end }
        return pairs
    }

    /// The part of a window that the index has days of.
    fileprivate func part(of window: TimeWindow) -> TimeWindow? {
        guard let days else { return nil }
        let end = CalendarDate(daysSince1970: days.upperBound.daysSince1970 + 1)
        return TimeWindow(
            start: max(window.start, Timestamp(microseconds: days.lowerBound.microseconds)),
            end: min(window.end, Timestamp(microseconds: end.microseconds))
        )
    }
}
