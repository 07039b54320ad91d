import Concurrency
import Models
import Postgres
import Quota
import Synchronization
import TestSupport
import Testing

@testable import Persistence

/// Several ledgers on one server, as replicas of a service.
@Suite(.timeLimit(.minutes(10))) struct QuotaLedgerTests {
    private static let now = Timestamp(microseconds: 1_795_995_000_000_000)
    private static let day = QuotaDay(of: now)
    private static let tomorrow = QuotaDay(of: day.end)
    private static let limit = 2_000
    private static let keys = (0..<8).compactMap { QuotaClient("key:\($0)") }

    /// A replica: a pool of its own and a ledger.
    private struct Replica {
        let client: PostgresClient
        let ledger: QuotaLedger

        init(_ configuration: PostgresConfiguration, clock: @escaping @Sendable () -> Int64) {
            client = PostgresClient(configuration: configuration)
            var settings = LedgerSettings()
            settings.replicas = 4
            ledger = QuotaLedger(
                store: QuotaStore(client: client, logger: quiet),
                settings: settings,
                logger: quiet,
                clock: clock
            )
        }

        func take(_ units: Int = 1, of client: QuotaClient, on day: QuotaDay = day) async throws -> QuotaVerdict {
            try await ledger.take(units, of: client, limit: limit, on: day, now: now)
        }
    }

    /// Counts what was admitted.
    private final class Tally: Sendable {
        let admitted = Mutex<[QuotaClient: Int]>([:])

        func add(_ units: Int, _ client: QuotaClient) {
            admitted.withLock { $0[client, default: 0] += units }
        }

        var perClient: [QuotaClient: Int] { admitted.withLock { $0 } }
    }

    /// Runs replicas while `body` runs, and then stops those that it has not killed.
    private static func withReplicas(
        _ configuration: PostgresConfiguration,
        clock: @escaping @Sendable () -> Int64 = { 1_000_000_000_000 },
        _ body: ([Replica], _ kill: (Int) async -> Void) async throws -> Void
    ) async throws {
        let replicas = (0..<4).map { _ in Replica(configuration, clock: clock) }
        let runs = replicas.map { replica in Task { try await replica.ledger.run() } }
        let outcome: Result<Void, any Error>
        do {
            try await body(replicas) { index in
                runs[index].cancel()
                _ = await runs[index].result
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        for (replica, run) in zip(replicas, runs) {
            if !run.isCancelled { await replica.ledger.stop() }
            run.cancel()
            _ = await run.result
            await replica.client.close()
        }
        try outcome.get()
    }

    /// Lets 64 clients ask for units at some replicas until they are refused.
    private static func exhaust(_ replicas: [Replica], _ tally: Tally, on day: QuotaDay = day) async throws {
        try await withThrowingTaskGroup { group in
            for index in 0..<64 {
                let (replica, client) = (replicas[index % replicas.count], keys[index / 4 % keys.count])
                group.addTask {
                    while case .admitted = try await replica.take(of: client, on: day) { tally.add(1, client) }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func used(_ client: PostgresClient, on day: QuotaDay = day) async throws -> [Int] {
        let store = QuotaStore(client: client, logger: quiet)
        var used: [Int] = []
        for key in keys {
            let number = Int32(day.date.daysSince1970)
            used.append(try await store.used(by: QuotaAccount(client: key, daysSince1970: number)))
        }
        return used
    }

    @Test func fourReplicasAdmitExactlyTheLimit() async throws {
        try await withMigratedDatabase { client in
            try await Self.withReplicas(client.configuration) { replicas, _ in
                let (today, next) = (Tally(), Tally())
                try await Self.exhaust(replicas, today)
                #expect(today.perClient == Dictionary(uniqueKeysWithValues: Self.keys.map { ($0, Self.limit) }))
                // Midnight, and a clock that steps back.
                try await Self.exhaust(replicas, next, on: Self.tomorrow)
                #expect(next.perClient == today.perClient)
                try await Self.exhaust(replicas, today)
                #expect(today.perClient == next.perClient)
            }
            for day in [Self.day, Self.tomorrow] {
                #expect(try await Self.used(client, on: day) == Self.keys.map { _ in Self.limit })
            }
        }
    }

    @Test func stoppedReplicasGiveBackAllLeases() async throws {
        try await withMigratedDatabase { client in
            try await Self.withReplicas(client.configuration) { replicas, _ in
                for replica in replicas {
                    for key in Self.keys { _ = try await replica.take(3, of: key) }
                }
                #expect(try await Self.used(client).allSatisfy { $0 > 12 })
            }
            #expect(try await Self.used(client) == Self.keys.map { _ in 12 })
            #expect(try await client.query("SELECT count(*) FROM quota_lease").single(Int.self) == 0)
        }
    }

    /// The units of the killed replica's leases count as used, because the database cannot know whether they were.
    @Test func aKilledReplicaLosesItsLeasesOnly() async throws {
        try await withMigratedDatabase { client in
            try await Self.withReplicas(client.configuration) { replicas, kill in
                let tally = Tally()
                for (index, key) in Self.keys.enumerated() {
                    for _ in 0..<index {
                        guard case .admitted = try await replicas[0].take(of: key) else { continue }
                        tally.add(1, key)
                    }
                }
                await kill(0)
                #expect(try await replicas[0].take(of: Self.keys[1]) == .unavailable)
                try await client.execute("UPDATE quota_lease SET until = until - interval '61 seconds'")
                try await Self.exhaust(Array(replicas[1...]), tally)
                for (index, key) in Self.keys.enumerated() {
                    // The lease had a twentieth of a fourth of the limit.
                    let lost = index == 0 ? 0 : Self.limit / 80 - index
                    #expect(tally.perClient[key] == Self.limit - lost)
                }
            }
            #expect(try await Self.used(client) == Self.keys.map { _ in Self.limit })
        }
    }

    @Test func neverAdmitsMoreThoughAReplicaIsKilledAtWork() async throws {
        try await withMigratedDatabase { client in
            try await Self.withReplicas(client.configuration) { replicas, kill in
                let tally = Tally()
                try await withThrowingTaskGroup { group in
                    group.addTask { try await Self.exhaust([replicas[0]], tally) }
                    group.addTask { try await Self.exhaust([replicas[1]], tally) }
                    try await eventually { tally.perClient.values.reduce(0, +) > Self.limit }
                    await kill(0)
                    try await client.execute("UPDATE quota_lease SET until = until - interval '61 seconds'")
                    try await group.waitForAll()
                }
                try await Self.exhaust(Array(replicas[1...]), tally)
                for (_, admitted) in tally.perClient {
                    #expect(admitted <= Self.limit)
                    #expect(admitted >= Self.limit - 500)
                }
            }
            #expect(try await Self.used(client) == Self.keys.map { _ in Self.limit })
        }
    }

    @Test func goesOnFromLeasesWithoutTheDatabaseAndCountsExactlyAfterwards() async throws {
        try await withMigratedDatabase { client in
            let proxy = try TCPProxy(to: client.configuration.port)
            defer { proxy.stop() }
            var configuration = client.configuration
            (configuration.host, configuration.port) = ("127.0.0.1", proxy.port)
            configuration.acquireTimeout = .milliseconds(100)
            // The time stands still until the database is back.
            let start = Mutex<Int64?>(nil)
            let clock: @Sendable () -> Int64 = {
                1_000_000_000_000 + (start.withLock { $0 }.map { MonotonicClock.now() - $0 } ?? 0)
            }
            try await Self.withReplicas(configuration, clock: clock) { replicas, _ in
                let tally = Tally()
                for replica in replicas {
                    // On a busy machine, a new connection may take longer than the short time-out.
                    try await eventually { (try? await replica.client.query("SELECT 1")) != nil }
                    for key in Self.keys {
                        guard case .admitted = try await replica.take(of: key) else { continue }
                        tally.add(1, key)
                    }
                }
                let leased = try await Self.used(client)
                proxy.cut()
                var verdicts: Set<String> = []
                for replica in replicas {
                    for key in Self.keys {
                        while true {
                            let verdict = try await replica.take(of: key)
                            guard case .admitted = verdict else {
                                verdicts.insert("\(verdict)")
                                break
                            }
                            tally.add(1, key)
                        }
                    }
                }
                #expect(verdicts == ["unavailable"])
                #expect(Self.keys.map { tally.perClient[$0] } == leased)
                proxy.heal()
                start.withLock { $0 = MonotonicClock.now() }
                // The connections of the pools are broken, and each one fails once.
                try await eventually {
                    try await Self.exhaust(replicas, tally)
                    return tally.perClient.values.allSatisfy { $0 >= Self.limit }
                }
                #expect(tally.perClient.values.allSatisfy { $0 == Self.limit })
            }
        }
    }
}
