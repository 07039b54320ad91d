import Models
import Observability
import Postgres
import Proximity
import RESTTestSupport
import TestSupport
import Testing
import Venue

@testable import ConnectionService
@testable import Persistence

/// Publishes what the index shows, with a real database.
@Suite(.timeLimit(.minutes(10))) struct PublicationTests {
    @Test func publishesMeetingsVisitsAndAttendance() async throws {
        try await withScene { scene in
            try await scene.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 300)
            let begun = try await scene.events()
            #expect(begun.count { $0 == "meeting.started 1-2 1" } == 1)
            #expect(begun.contains("zone.entered 1 1") && begun.contains("zone.entered 2 1"))
            #expect(!begun.contains { $0.hasPrefix("meeting.ended") || $0.hasPrefix("session") })
            try await scene.publish([], at: 100_000)
            let ended = try await scene.events()
            #expect(ended.count { $0 == "meeting.ended 1-2 2" } == 1)
            #expect(ended.contains("zone.left 1 2"))
            #expect(ended.contains("session.attended 1 1") && ended.contains("session.attended 2 1"))
            try await scene.publish([], at: 100_001)
            #expect(try await scene.events() == ended)
        }
    }

    @Test func aLateFixRevisesTheSameMeeting() async throws {
        try await withScene { scene in
            try await scene.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 100_000)
            let first = try await scene.subject()
            try await scene.publish(try meeting(of: 1, and: 2, at: 600, samples: 10), at: 100_000)
            #expect(try await scene.events().contains("meeting.revised 1-2 3"))
            #expect(try await scene.subject() == first)
        }
    }

    @Test func theNextPublisherContinues() async throws {
        try await withScene { scene in
            try await scene.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 300)
            let before = try await scene.events()
            let next = try await scene.successor()
            try await next.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 300)
            #expect(try await scene.events() == before)
            try await next.publish([], at: 100_000)
            #expect(try await scene.events().contains("meeting.ended 1-2 2"))
        }
    }

    @Test func withdrawsWhatAPersonWantsForgotten() async throws {
        try await withScene { scene in
            try await scene.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 100_000)
            try await scene.publish(try meeting(of: 3, and: 2, at: 0, samples: 20), at: 100_000)
            try await scene.forget(1)
            let events = try await scene.events()
            #expect(events.contains("meeting.revised 1-2 3 withdrawn"))
            #expect(!events.contains { $0.hasPrefix("meeting.started 1-2") })
            #expect(events.contains("meeting.started 2-3 1"))
        }
    }

    @Test func publishesNothingAboutErasedPersons() async throws {
        try await withScene { scene in
            _ = try await scene.client.query("SELECT erase_person(2)")
            try await scene.publish(try meeting(of: 1, and: 2, at: 0, samples: 20), at: 100_000)
            let events = try await scene.events()
            #expect(!events.contains { $0.contains("1-2") || $0.hasPrefix("zone.entered 2") })
            #expect(events.contains("zone.entered 1 1") && events.contains("person.erased 2 1"))
        }
    }

    @Test func electsOnePublisher() async throws {
        try await withScene { scene in
            let store = PublicationStore(client: scene.client)
            let isElected = try await store.whileElected { _ in
                let isOtherElected = try await store.whileElected { _ in }
                #expect(!isOtherElected)
            }
            #expect(isElected)
            let isElectedAgain = try await store.whileElected { _ in }
            #expect(isElectedAgain)
        }
    }
}

/// An index with locations of persons 1 to 3, and its publication.
private struct Scene {
    let client: PostgresClient
    private let index: IndexState
    private let publication: Publication
    private let compute = ComputeThreads()

    init(_ client: PostgresClient) async throws {
        self.client = client
        index = IndexState(IndexSettings(), compute, MetricsRegistry())
        let setup = try EventFixtures.setup(sessions: [(31, "Opening", 0..<600)])
        let directory = EventDirectory(Fair(setup: setup), logger: .silent)
        try await directory.reload(nil)
        publication = Publication(
            PublicationStore(client: client),
            index,
            EventHistories(directory, Fair(setup: setup), compute),
            compute,
            logger: .silent,
            metrics: MetricsRegistry()
        )
        let persons = [PersonID(stored: 1), PersonID(stored: 2), PersonID(stored: 3)]
        index.replace(with: GridIndex([]), persons: persons, positions: [:], goal: [:])
        try await index.presence.publishNext()
    }

    /// Another process with an empty index.
    func successor() async throws -> Scene { try await Scene(client) }

    /// Adds locations to the index and publishes the changes, seconds after the first location.
    func publish(_ locations: [Location], at seconds: Int64) async throws {
        index.add(locations)
        try await index.presence.publishNext()
        try await pass(at: seconds)
    }

    /// Removes all locations of a person.
    func forget(_ number: Int32) async throws {
        let person = PersonID(stored: number)
        index.index.erase(person)
        index.presence.noteErasure(of: person)
        try await index.presence.publishNext()
        try await pass(at: 100_000)
    }

    private func pass(at seconds: Int64) async throws {
        let isElected = try await PublicationStore(client: client).whileElected { publisher in
            try await publication.pass(publisher, now: EventFixtures.time(seconds))
        }
        #expect(isElected)
    }

    /// The events in their order: type, persons, revision.
    func events() async throws -> [String] {
        try await client.query(
            """
            SELECT concat_ws(' ', type, concat_ws('-', person_id, other_id), revision, CASE WHEN is_withdrawn THEN 'withdrawn' END)
            FROM domain_event ORDER BY position
            """
        ).column(String.self)
    }

    /// The id of the only meeting.
    func subject() async throws -> String {
        try await client.query("SELECT DISTINCT subject FROM domain_event WHERE other_id IS NOT NULL")
            .single(String.self)
    }
}

/// One event in memory.
struct Fair: EventSource, SightingSource {
    let setup: EventSetup

    func events() async throws -> [Event] { [setup.event] }
    func plan(of event: EventID) async throws -> [Zone] { setup.plan.venue.zones }
    func programme(of event: EventID) async throws -> [ProgrammeSession] { setup.plan.sessions }
    func changes() throws -> ChangeFeed<EventID> { throw InvalidFixture() }
    func sightings(of hints: Set<ZoneHint>) async throws -> [Int32: [ZoneSighting]] { [:] }
}

private func withScene(_ body: (Scene) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { client in
        try await client.execute(
            """
            INSERT INTO person (first_name, last_name, company_name)
            SELECT 'First', 'Last', 'Company' FROM generate_series(1, 3)
            """
        )
        try await body(try await Scene(client))
    }
}
