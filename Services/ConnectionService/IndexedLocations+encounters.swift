import Models
import Persistence
import Proximity
import Synchronization

extension IndexedLocations: EncounterRepository {
    func encounters(of person: PersonID, in window: TimeWindow, rule: EncounterRule) async throws -> [Encounter]? {
        guard try await hasPerson(person) else { return nil }
        let index = try await index(round: person, in: window, radius: rule.leavingRadius)
        return try await metrics.measure(.encounters) {
            let search = try await compute.run {
                SharedSearch(try PersonEncounterSearch(of: person, in: index, during: window, rule: rule))
            }
            var found: [Encounter] = []
            while !search.with({ $0.isOver }) {
                found += try await compute.run { try search.with { try $0.step() } }
            }
            return found.sorted { $0.rank(for: person) < $1.rank(for: person) }
        }
    }

    func forEachEncounter(
        in window: TimeWindow,
        rule: EncounterRule,
        _ visit: ([Encounter]) async throws -> Void
    ) async throws {
        guard let busy = try await busyPart(of: window) else { return }
        let search = SharedSearch(EncounterSearch(in: busy, rule: rule))
        var past: PastDay?
        while !search.with({ $0.isOver }) {
            // The state of this moment: whoever has been erased since the last step is not in it.
            let (index, end) = try await index(from: search.with { $0.position }, within: rule.within, &past)
            let found = try await metrics.measure(.pairs) {
                try await compute.run { try search.with { try $0.step(in: index, upTo: end) } }
            }
            try await visit(found)
        }
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
                let own = index.trail(of: person, in: window)
                let others = index.trail(of: other, in: window)
                return try EncounterEvidence(
                    own: own,
                    other: others,
                    rule: rule,
                    leaps: index.leaps(in: own + others, rule.plausibility),
                    limit: limit
                )
            }
        }
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        try await persons.persons(ids)
    }

    var revision: Int { indexing.index.revision }

    func trailMark(of person: PersonID, in window: TimeWindow) async throws -> TrailMark {
        let index = try current()
        return try await compute.run { TrailMark(index.trail(of: person, in: window)) }
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

    /// The index for a step from a moment on; where it does not reach back, with that day's locations, which are read once,
    /// and the end of the day.
    private func index(
        from time: Timestamp,
        within: TimeApart,
        _ past: inout PastDay?
    ) async throws -> (index: GridIndex, end: Timestamp?) {
        let index = try current()
        guard let first = index.firstDay, time.day < first else { return (index, nil) }
        let next = CalendarDate(daysSince1970: time.day.daysSince1970 + 1)
        let end = Timestamp(microseconds: next.microseconds)
        if let past, past.day == time.day, past.firstDay == first { return (past.index, end) }
        let whole = TimeWindow(
            start: Timestamp(microseconds: time.day.microseconds),
            end: Timestamp(microseconds: next.microseconds + within.microseconds)
        )
        guard let whole, let before = index.absentPart(of: whole) else { return (index, end) }
        let older = try await metrics.measure(.past) { try await self.past.everything(during: before) }
        let extended = try await compute.run { index.extended(by: older) }
        past = PastDay(day: time.day, firstDay: first, index: extended)
        return (extended, end)
    }
}

/// A day that the index does not hold, together with the index as it was when the day was read.
private struct PastDay {
    let day: CalendarDate
    let firstDay: CalendarDate?
    let index: GridIndex
}

/// A search whose steps are taken one after the other, on whatever thread has its turn.
private final class SharedSearch<Search: Sendable>: Sendable {
    private let search: Mutex<Search>

    init(_ search: Search) {
        self.search = Mutex(search)
    }

    func with<Value: Sendable>(_ body: (inout Search) throws -> Value) rethrows -> Value {
        try search.withLock { try body(&$0) }
    }
}

extension GridIndex {
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
