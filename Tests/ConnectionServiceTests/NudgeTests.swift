import Access
import Credentials
import HTTPServer
import Models
import Observability
import Postgres
import Proximity
import RESTTestSupport
import ServiceRuntime
import Synchronization
import TestSupport
import Testing
import Venue

@testable import ConnectionService
@testable import Persistence

/// Nudges from locations to answers, with a real database.
@Suite(.timeLimit(.minutes(10))) struct NudgeTests {
    @Test func bothAreToldOnceAndAThirdPersonLearnsNothing() async throws {
        try await withScene { scene in
            for person: Int32 in 1...2 { try await scene.agree(person, [.nudge, .locate, .meet, .identify]) }
            try await scene.agree(3, [.meet, .identify])
            try await scene.comeNear()
            let first = try await scene.list(of: 1)
            #expect(first["agreed"] == .boolean(true))
            let nudge = try #require(first["nudges"]?[0])
            #expect(nudge["person"]?["id"]?.number == 2 && nudge["person"]?["first_name"]?.string == "Taco")
            #expect(nudge["about_metres"]?.number == 20 && nudge["last_met"]?.string == "2020-08-15")
            #expect(try await scene.list(of: 2)["nudges"]?[0]?["person"]?["id"]?.number == 1)
            // A person without consent, who was near and had met both, and a person who was elsewhere.
            #expect(try await scene.text(of: 3) == #"{"agreed":false,"nudges":[]}"#)
            #expect(try await scene.text(of: 3, path: "/api/me/nudges/stream").contains("event: problem"))
            #expect(try await scene.count() == 2)
            // Neither the next pass nor another process tells it again.
            try await scene.comeNear()
            try await scene.successor().comeNear()
            #expect(try await scene.count() == 2)
        }
    }

    @Test func unnamedPersonsStayUnnamed() async throws {
        try await withScene { scene in
            for person: Int32 in 1...2 { try await scene.agree(person, [.nudge, .locate, .meet]) }
            try await scene.comeNear()
            let person = try await scene.list(of: 1)["nudges"]?[0]?["person"]
            #expect(person?["first_name"]?.string == "Unnamed")
            #expect((person?["id"]?.number ?? 0) >= Double(LimitedView.firstPseudonym))
        }
    }

    @Test func aPersonIsToldALimitedNumberOfTimesADay() async throws {
        try await withScene(dailyLimit: 1) { scene in
            for person: Int32 in 1...3 { try await scene.agree(person, [.nudge, .locate, .meet]) }
            try await scene.comeNear()
            // Of three pairs, only the first one is within the limits.
            #expect(try await scene.count() == 2)
        }
    }

    @Test func aPassThatTakesTooLongLeavesPersonsToTheNext() async throws {
        try await withScene { scene in
            for person: Int32 in 1...2 { try await scene.agree(person, [.nudge, .locate, .meet]) }
            try await scene.comeNear(freshness: .zero)
            #expect(try await scene.count() == 0)
            #expect(scene.index.presence.moved.take().persons == [1, 2])
            scene.index.presence.moved.note([1, 2])
            try await scene.comeNear()
            #expect(try await scene.count() == 2)
        }
    }

    @Test func aStreamEndsWithTheConsent() async throws {
        try await withScene { scene in
            for person: Int32 in 1...2 { try await scene.agree(person, [.nudge, .locate, .meet, .identify]) }
            try await scene.comeNear()
            let text = try await scene.stream(of: 1) { try await scene.withdraw(1) }
            let states = text.matches(of: /event: nudges\nid: \w+\ndata: (.*)\n/).map { String($0.1) }
            #expect(states.count == 2)
            #expect(states.first?.contains(#""first_name":"Taco""#) == true)
            #expect(states.last == #"{"agreed":false,"nudges":[]}"#)
            #expect(text.contains("event: problem\n"))
        }
    }

    @Test(arguments: [true, false]) func aStreamForgetsANudge(isWithdrawn: Bool) async throws {
        try await withScene { scene in
            for person: Int32 in 1...2 { try await scene.agree(person, [.nudge, .locate, .meet]) }
            try await scene.comeNear()
            let text = try await scene.stream(of: 1) {
                if isWithdrawn {
                    try await scene.withdraw(2)
                } else {
                    try await scene.client.execute("UPDATE nudge SET expires_at = now()")
                    try await scene.client.execute("SELECT pg_notify('nudge', '1')")
                }
            }
            #expect(text.contains(#"data: {"agreed":true,"nudges":[]}"#) && !text.contains("event: problem"))
        }
    }
}

/// Persons 1 to 3 who met yesterday, and the search for nudges.
private final class Scene: Sendable {
    let client: PostgresClient
    private let dailyLimit: Int
    let index = IndexState(IndexSettings(), ComputeThreads(), MetricsRegistry())
    private let consents = Mutex<[PersonID: Consents]>([:])

    init(_ client: PostgresClient, dailyLimit: Int) async throws {
        self.client = client
        self.dailyLimit = dailyLimit
        let pairs: [(Int32, Int32)] = [(1, 2), (1, 3), (2, 3)]
        let met = try pairs.enumerated().flatMap { place, pair in
            try meeting(of: pair.0, and: pair.1, at: Int64(place) * 3_600, samples: 20)
        }
        let persons = (1...3).map { PersonID(stored: $0) }
        index.replace(with: GridIndex(met), persons: persons, positions: [:], goal: [:])
        try await index.presence.publishNext()
    }

    /// Another process, which takes the place of this one.
    func successor() async throws -> Scene {
        let scene = try await Scene(client, dailyLimit: dailyLimit)
        scene.consents.withLock { $0 = consents.withLock { $0 } }
        return scene
    }

    // MARK: Consents

    func agree(_ person: Int32, _ purposes: [ConsentPurpose]) async throws {
        try await change(person, Dictionary(uniqueKeysWithValues: purposes.map { ($0, true) }))
    }

    func withdraw(_ person: Int32) async throws { try await change(person, [.nudge: false]) }

    private func change(_ person: Int32, _ changes: [ConsentPurpose: Bool]) async throws {
        #expect(try await ConsentStore(client: client).change(changes, of: PersonID(stored: person)))
        consents.withLock { consents in
            for (purpose, isGiven) in changes {
                consents[PersonID(stored: person), default: Consents()].since[purpose] =
                    isGiven ? EventFixtures.time(-1) : nil
            }
        }
    }

    private var views: LimitedViews {
        LimitedViews(
            consents: { [self] () throws(Problem) in consents.withLock { $0 } },
            pseudonyms: KeyedDigest(key: [1])
        )
    }

    // MARK: The search

    /// A day later, the three stand within 20 m, and the search looks at them.
    func comeNear(freshness: Duration = .seconds(600)) async throws {
        let time: Int64 = 86_400_000_000
        index.add(
            try (1...3).map { person in
                try location(
                    1 << 32 + (time / 1_000) << 16 + Int64(person),
                    person: person,
                    latitude: -106_572_100 + (person == 2 ? 1_800 : person == 3 ? 900 : 0),
                    after: time,
                    accuracy: 5
                )
            }
        )
        try await index.presence.publishNext()
        let events = Fair(setup: try EventFixtures.setup(hours: 80_000..<100_000, hasVenue: true))
        let directory = EventDirectory(events, logger: .silent)
        try await directory.reload(nil)
        var settings = NudgeSettings()
        settings.dailyLimit = dailyLimit
        settings.freshness = freshness
        let search = NudgeSearch(
            NudgeStore(client: client),
            index,
            at: directory,
            views,
            settings,
            ComputeThreads(),
            logger: .silent,
            metrics: MetricsRegistry()
        )
        let isElected = try await NudgeStore(client: client).whileElected { writer in
            var memory = NudgeMemory(dailyLimit: dailyLimit)
            try await search.pass(writer, &memory, now: EventFixtures.time(86_400))
        }
        #expect(isElected)
    }

    /// The number of rows.
    func count() async throws -> Int { try await client.query("SELECT count(*) FROM nudge").single(Int.self) }

    // MARK: Answers

    func list(of person: Int32) async throws -> JSONValue {
        try await api(of: person, SeenNudges(client)).send(.get, "/api/me/nudges").json
    }

    func text(of person: Int32, path: String = "/api/me/nudges") async throws -> String {
        try await api(of: person, SeenNudges(client)).send(.get, path).text
    }

    /// The stream of a person, with `act` after its first state.
    ///
    /// It ends by itself, or with an empty state.
    func stream(of person: Int32, act: @escaping @Sendable () async throws -> Void) async throws -> String {
        let (nudges, watchers) = (SeenNudges(client), PersonWatchers(interval: .milliseconds(10)))
        let watch = NudgeWatch(nudges: NudgeStore(client: client), watchers: watchers, logger: .silent)
        let asked = Mutex(0)
        let api = try await api(of: person, nudges, watchers) {
            let count = asked.withLock { count in
                count += 1
                return count
            }
            if count == 2 { Task { try await act() } }
            return nudges.isEmpty
        }
        return try await withThrowingTaskGroup(of: String?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await watch.run()
                return nil
            }
            group.addTask {
                try await watchers.run()
                return nil
            }
            group.addTask { try await api.send(.get, "/api/me/nudges/stream").text }
            return try await group.next().flatMap(\.self) ?? ""
        }
    }

    private func api(
        of person: Int32,
        _ nudges: SeenNudges,
        _ watchers: PersonWatchers = PersonWatchers(),
        isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws -> APIUnderTest {
        var router = Router()
        NudgeRoutes(
            nudges: nudges,
            meetings: await InMemoryMeetings(persons: (1...3).map { someone(PersonID(stored: $0)) }),
            inProgress: AnswersInProgress(MemoryShares(MemoryBound(bytes: 512 << 20)), streams: 1, streamsPerClient: 1),
            views: views,
            identities: StreamIdentities(),
            watchers: watchers,
            isStopping: isStopping
        ).add(to: &router)
        let access = GrantedAccess(
            identity: Identity(subject: "person:\(person)", roles: [.attendee], person: PersonID(stored: person)),
            role: .attendee,
            grant: try #require(Permission.Grant("own limited"))
        )
        router.requestGuard = { _, _ in access }
        return try APIUnderTest(router, openAPI: PackageResources.openapi_json)
    }
}

/// The nudges in the database, with the last answer.
private final class SeenNudges: NudgeRepository {
    private let store: NudgeStore
    private let last = Mutex<[NudgeStore.Nudge]?>(nil)

    init(_ client: PostgresClient) {
        store = NudgeStore(client: client)
    }

    /// Whether the last answer was to a person who agrees, and had no nudge.
    var isEmpty: Bool { last.withLock { $0 == [] } }

    func current(of person: PersonID) async throws -> [NudgeStore.Nudge]? {
        let found = try await store.current(of: person)
        last.withLock { $0 = found }
        return found
    }
}

private func withScene(dailyLimit: Int = 6, _ body: (Scene) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { client in
        try await client.execute(
            """
            INSERT INTO person (first_name, last_name, company_name)
            SELECT 'First', 'Last', 'Company' FROM generate_series(1, 3)
            """
        )
        try await client.execute("INSERT INTO event (name, time_zone) VALUES ('Fair', 'UTC')")
        try await body(try await Scene(client, dailyLimit: dailyLimit))
    }
}
