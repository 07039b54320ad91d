import Models
import Persistence
import Proximity
import Synchronization

extension IndexedLocations: EncounterRepository {
    func encounters(
        of person: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> [Encounter]? {
        guard try await hasPerson(person) else { return nil }
        let index = try await index(round: person, in: window, radius: rule.leavingRadius)
        let expected = index.expectedTime(forMeetingsOf: person, in: window, rule: rule)
        return try await metrics.measure(.encounters) {
            try await lanes.answer(expected: expected, purpose, .ofPerson) { computation in
                let budget = computation.budget
                let search = try await computation.step {
                    SharedSearch(
                        try PersonEncounterSearch(of: person, in: index, during: window, rule: rule, budget: budget)
                    )
                }
                var found: [Encounter] = []
                while !search.with({ $0.isOver }) {
                    found += try await computation.step { try search.with { try $0.step() } }
                    try budget.allow(results: found.count)
                }
                found.sort { $0.rank(for: person) < $1.rank(for: person) }
                return found
            }
        }
    }

    func everybodysEncounters(in window: TimeWindow, rule: EncounterRule) async throws -> EverybodysEncounters {
        EverybodysEncounters(locations: self, window: try await busyPart(of: window), rule: rule)
    }

    /// The meetings of all persons, as the search finds them.
    struct EverybodysEncounters: EncounterSequence {
        private let locations: IndexedLocations
        private let rule: EncounterRule
        private let search: SharedSearch<EncounterSearch>?
        private let computation: QuestionLanes.Computation
        private var past: PastDay?

        fileprivate init(locations: IndexedLocations, window: TimeWindow?, rule: EncounterRule) {
            self.locations = locations
            self.rule = rule
            let budget = SearchBudget(.ofEverybody)
            search = window.map { SharedSearch(EncounterSearch(in: $0, rule: rule, budget: budget)) }
            // The callers are few; see AnswersInProgress.
            computation = QuestionLanes.Computation(locations.compute, budget, isWide: true)
        }

        mutating func next() async throws -> [Encounter]? {
            guard let search, !search.with({ $0.isOver }) else { return nil }
            // The state of this moment: whoever has been erased since the last step is not in it.
            let position = search.with { $0.position }
            let (index, end) = try await locations.index(from: position, within: rule.within, &past)
            return try await locations.metrics.measure(.pairs) {
                try await computation.step { try search.with { try $0.step(in: index, upTo: end) } }
            }
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
            // The pairs of two persons are few unless a trail is long, which the budget knows.
            try await lanes.answer(expected: .zero, inOneStep: true, .answer, .ofEvidence) { computation in
                let budget = computation.budget
                return try await computation.step {
                    let index = index.extended(by: older)
                    for person in [person, other] { try budget.allow(trail: index.trailCount(of: person, in: window)) }
                    let own = index.trail(of: person, in: window)
                    let others = index.trail(of: other, in: window)
                    return try EncounterEvidence(
                        own: own,
                        other: others,
                        rule: rule,
                        leaps: index.leaps(in: own + others, rule.plausibility),
                        limit: limit,
                        budget: budget
                    )
                }
            }
        }
    }

    var revision: Int { indexing.index.revision }

    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int {
        try current().trailCount(of: person, in: window)
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
    fileprivate func index(
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
