import HTTPServer
import Models
import Proximity
import Synchronization

@testable import ConnectionService

/// Meetings of locations in an index, and who exists.
final class InMemoryEncounters: EncounterRepository {
    private struct State {
        var index: GridIndex
        var persons: [PersonID: Person]
        var rule: EncounterRule?
        var window: TimeWindow?
        var revision = 0
        var visits = 0
    }

    private let state: Mutex<State>
    private let failure: (any Error)?
    private let isEndless: Bool
    private let overrun: (purpose: QuestionLanes.Purpose, failure: any Error & Sendable)?

    /// - Parameters:
    ///   - locations: what is stored.
    ///   - persons: who exists; all that have locations if `nil`.
    ///   - failure: what every call throws.
    ///   - isEndless: whether everybody's meetings begin anew when they have been found.
    ///   - overrun: what searches of a purpose throw.
    init(
        _ locations: [Location] = [],
        persons: [Person]? = nil,
        failure: (any Error)? = nil,
        isEndless: Bool = false,
        overrun: (purpose: QuestionLanes.Purpose, failure: any Error & Sendable)? = nil
    ) {
        self.overrun = overrun
        let index = GridIndex(locations)
        let known = persons ?? index.persons().map { someone($0) }
        let byID = Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0) })
        state = Mutex(State(index: index, persons: byID))
        self.failure = failure
        self.isEndless = isEndless
    }

    var rule: EncounterRule? { state.withLock { $0.rule } }
    var window: TimeWindow? { state.withLock { $0.window } }
    /// How often everybody's meetings were asked for.
    var visits: Int { state.withLock { $0.visits } }

    /// Stores more.
    func add(_ locations: [Location]) {
        state.withLock { state in
            state.revision += 1
            state.index = state.index.adding(locations)
            for id in state.index.persons() where state.persons[id] == nil { state.persons[id] = someone(id) }
        }
    }

    func encounters(
        of person: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> [Encounter]? {
        if let overrun, purpose == overrun.purpose { throw overrun.failure }
        let index = try ask(window, rule)
        guard try await persons([person]).count == 1 else { return nil }
        return try index.encounters(of: person, in: window, rule: rule)
    }

    func everybodysEncounters(in window: TimeWindow, rule: EncounterRule) async throws -> Everybodys {
        if let overrun { throw overrun.failure }
        return Everybodys(self, window, rule, try ask(window, rule))
    }

    /// Everybody's meetings, again and again if there is no end.
    struct Everybodys: EncounterSequence {
        private let encounters: InMemoryEncounters
        private let window: TimeWindow
        private let rule: EncounterRule
        private let index: GridIndex
        private var search: EncounterSearch

        fileprivate init(
            _ encounters: InMemoryEncounters,
            _ window: TimeWindow,
            _ rule: EncounterRule,
            _ index: GridIndex
        ) {
            self.encounters = encounters
            self.window = window
            self.rule = rule
            self.index = index
            search = EncounterSearch(in: window, rule: rule)
        }

        mutating func next() async throws -> [Encounter]? {
            if search.isOver, encounters.isEndless { search = EncounterSearch(in: window, rule: rule) }
            guard !search.isOver else { return nil }
            encounters.state.withLock { $0.visits += 1 }
            return try search.step(in: index)
        }
    }

    func evidence(
        of person: PersonID,
        and other: PersonID,
        in window: TimeWindow,
        rule: EncounterRule,
        limit: Int
    ) async throws -> EncounterEvidence {
        let index = try ask(window, rule)
        let (own, others) = (index.trail(of: person, in: window), index.trail(of: other, in: window))
        return try EncounterEvidence(own: own, other: others, rule: rule, limit: limit)
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        if let failure { throw failure }
        return state.withLock { state in state.persons.filter { ids.contains($0.key) } }
    }

    var revision: Int { state.withLock { $0.revision } }

    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int {
        if let failure { throw failure }
        return state.withLock { $0.index.trailCount(of: person, in: window) }
    }

    func checkAvailability() async throws {
        if let failure { throw failure }
    }

    private func ask(_ window: TimeWindow, _ rule: EncounterRule) throws -> GridIndex {
        if let failure { throw failure }
        return state.withLock { state in
            (state.window, state.rule) = (window, rule)
            return state.index
        }
    }
}

/// Somebody of a number.
func someone(_ id: PersonID, _ first: String = "Taco", _ last: String = "Fargo", _ company: String = "Alpha") -> Person
{
    Person(id: id, details: PersonDetails(stored: first, last, company))
}

/// Two locations at the same place and time: a meeting that lasts no time, `seconds` after 2020-08-15T10:37:06.
func meeting(of one: Int32, and other: Int32, at seconds: Int64, samples: Int64 = 1) throws -> [Location] {
    try (0..<samples).flatMap { sample in
        try [one, other].map { person in
            let time = (seconds + sample * 10) * 1_000_000
            return try location(1 << 32 + (time / 1_000) << 16 + Int64(person), person: person, after: time)
        }
    }
}
