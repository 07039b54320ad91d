import HTTPServer
import Models
import Presence
import Proximity
import Synchronization
import Venue

@testable import ConnectionService

/// Meetings of locations in an index, and the persons who exist.
final class InMemoryMeetings: MeetingRepository {
    private struct State {
        var index: GridIndex
        var map: PresenceMap
        var persons: [PersonID: Person]
        var named: [PersonID: Set<PersonID>] = [:]
        var rule: MeetingRule?
        var visits = 0
        var answered = 0
        var asked = 0
    }

    let watchers = PersonWatchers(interval: .milliseconds(10))
    private let beats: Task<Void, any Error>
    private let state: Mutex<State>
    private let failure: (any Error)?
    private let isEndless: Bool
    let events: EventDirectory.State
    private let overrun: (purpose: QuestionLanes.Purpose, failure: any Error & Sendable)?

    /// - Parameters:
    ///   - locations: the stored locations.
    ///   - persons: the persons who exist; all that have locations if `nil`.
    ///   - failure: the error that every call throws.
    ///   - isEndless: whether the meetings of all persons begin again when they have been found.
    ///   - events: the events with zones.
    ///   - overrun: the error that searches of a purpose throw.
    init(
        _ locations: [Location] = [],
        persons: [Person]? = nil,
        failure: (any Error)? = nil,
        isEndless: Bool = false,
        events: [EventSetup] = [],
        overrun: (purpose: QuestionLanes.Purpose, failure: any Error & Sendable)? = nil
    ) async {
        self.overrun = overrun
        let index = GridIndex(locations)
        let known = persons ?? index.persons().map { someone($0) }
        let byID = Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0) })
        state = Mutex(State(index: index, map: await Self.map(of: index), persons: byID))
        self.failure = failure
        self.isEndless = isEndless
        self.events = EventDirectory.State(events: events)
        beats = Task { [watchers] in try await watchers.run() }
    }

    deinit { beats.cancel() }

    /// The rule that was asked for last.
    var rule: MeetingRule? { state.withLock { $0.rule } }
    /// How many parts of the meetings of all persons were asked for.
    var visits: Int { state.withLock { $0.visits } }

    /// Tells a stream to stop once meetings were asked for twice; stores locations when the stream has sent the first ones.
    func isStopping(adding locations: [Location]) -> Bool {
        let (asked, answered) = state.withLock { state in
            state.asked += 1
            return (state.asked, state.answered)
        }
        if asked == 2 { Task { await add(locations) } }
        return answered == 2
    }

    /// Stores more locations.
    func add(_ locations: [Location]) async {
        let index = state.withLock { $0.index.adding(locations) }
        let map = await Self.map(of: index)
        state.withLock { state in
            (state.index, state.map) = (index, map)
            for id in index.persons() where state.persons[id] == nil { state.persons[id] = someone(id) }
        }
        watchers.notifyAll([.trail, .meetings])
    }

    private static func map(of index: GridIndex) async -> PresenceMap {
        var trails = PresenceTrails()
        var changes = PresenceChanges()
        changes.noteReload()
        changes.apply(to: &trails, from: index, settings: PresenceSettings())
        return await trails.map()
    }

    func meetings(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> FoundRows<MeetingRow>? {
        state.withLock { $0.answered += 1 }
        if let overrun, purpose == overrun.purpose { throw overrun.failure }
        let rule = question.rule
        let map = try ask(rule)
        guard try await persons([person]).count == 1 else { return nil }
        let events = presences(in: map).limited(to: question.scope)
        let rows = try MeetingRow.all(of: person, in: map, events, rule, at: question.scope, as: question.view)
        return FoundRows(rows: rows, names: EventNames(events))
    }

    func people(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ order: PersonRow.Order
    ) async throws -> FoundRows<PersonRow>? {
        if let overrun { throw overrun.failure }
        let rule = question.rule
        let map = try ask(rule)
        guard try await persons([person]).count == 1 else { return nil }
        let events = presences(in: map).limited(to: question.scope)
        let rows = try PersonRow.all(of: person, in: map, events, rule, order, at: question.scope, as: question.view)
        return FoundRows(rows: rows, names: EventNames(events))
    }

    func presences(during window: TimeWindow) async throws -> EventPresences {
        if let overrun { throw overrun.failure }
        return presences(in: try ask(MeetingRule()))
    }

    func presences(of person: PersonID, during window: TimeWindow) async throws -> EventPresences? {
        try await persons([person]).isEmpty ? nil : try await presences(during: window)
    }

    func compute<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value { work() }

    private func presences(in map: PresenceMap) -> EventPresences {
        EventPresences(
            events: events.events.map { setup in
                let finder = VisitFinder(setup.plan.venue)
                var event = EventPresence(setup)
                let histories = map.persons.map { ($0, setup.history(of: map.segments(of: $0), [], finder)) }
                event.replace(Dictionary(uniqueKeysWithValues: histories), removing: [])
                return event
            }
        )
    }

    func allMeetings(_ question: MeetingQuestion) async throws -> All {
        if let overrun { throw overrun.failure }
        return All(meetings: self, question: question, map: try ask(question.rule))
    }

    /// The meetings of all persons, again and again if they have no end.
    struct All: MeetingSequence {
        fileprivate let meetings: InMemoryMeetings
        fileprivate let question: MeetingQuestion
        fileprivate let map: PresenceMap
        private var position = 0

        fileprivate init(meetings: InMemoryMeetings, question: MeetingQuestion, map: PresenceMap) {
            self.meetings = meetings
            self.question = question
            self.map = map
        }

        var names: EventNames { EventNames(meetings.presences(in: map)) }

        mutating func next() async throws -> [MeetingRow]? {
            if position == map.personCount, meetings.isEndless { position = 0 }
            guard position < map.personCount else { return nil }
            meetings.state.withLock { $0.visits += 1 }
            // Without it, a list without end may keep a thread from the task that is to cancel it.
            await Task.yield()
            defer { position += 1 }
            return MeetingRow.rows(
                of: try map.answers(
                    ofPersonsAt: position..<position + 1,
                    question.rule,
                    where: question.scope.filter(in: map)
                ).flatMap(\.meetings),
                at: meetings.presences(in: map).events
            )
        }
    }

    func evidence(of person: PersonID, and other: PersonID, _ rule: MeetingRule) async throws -> MeetingEvidence {
        let map = try ask(rule)
        let index = state.withLock { $0.index }
        let doubtful = [person, other].flatMap {
            MeetingEvidence.Doubtful.all(in: index.trail(of: $0, in: always), always, PresenceSettings())
        }
        let pair = try map.evidence(of: person.rawValue, and: other.rawValue, rule)
        return MeetingEvidence(person: person, pair: pair, map: map, doubtful: doubtful)
    }

    func persons(
        _ ids: [PersonID],
        namedTo viewer: PersonID,
        newInADay limit: Int
    ) async throws -> [PersonID: Person?] {
        let existing = try await persons(ids)
        return state.withLock { state in
            var named = state.named[viewer, default: []]
            // All are named on one day.
            for id in ids where existing[id] != nil && named.count < limit { named.insert(id) }
            state.named[viewer] = named
            return existing.mapValues { named.contains($0.id) ? $0 : nil }
        }
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        if let failure { throw failure }
        return state.withLock { state in state.persons.filter { ids.contains($0.key) } }
    }

    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int {
        if let failure { throw failure }
        return state.withLock { $0.index.trailCount(of: person, in: window) }
    }

    func checkAvailability() async throws {
        if let failure { throw failure }
    }

    private func ask(_ rule: MeetingRule) throws -> PresenceMap {
        if let failure { throw failure }
        return state.withLock { state in
            state.rule = rule
            return state.map
        }
    }
}

/// A person with a number.
func someone(_ id: PersonID, _ first: String = "Taco", _ last: String = "Fargo", _ company: String = "Alpha") -> Person
{
    Person(id: id, details: PersonDetails(stored: first, last, company))
}

/// Two persons at one place for `samples` times 30 s, from `seconds` after 2020-08-15T10:37:06 on.
func meeting(of one: Int32, and other: Int32, at seconds: Int64, samples: Int64 = 10) throws -> [Location] {
    try (0..<samples).flatMap { sample in
        try [one, other].map { person in
            let time = (seconds + sample * 30) * 1_000_000
            return try location(
                1 << 32 + (time / 1_000) << 16 + Int64(person),
                person: person,
                after: time,
                accuracy: 3
            )
        }
    }
}
