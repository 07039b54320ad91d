import Models
import Observability
import Persistence
import Postgres
import Quota
import Synchronization

/// Compares leases with a statement for each unit: four replicas count the units of one client, on a private and durable
/// PostgreSQL server.
///
/// Both have the same pools and the same callers, alternately. The peer's statement is as exact as leases are.
enum QuotaBenchmark: Benchmark {
    static let name = "quota"
    static let summary = "units a second of one client's daily limit by leases, compared with a statement for each unit"

    private static let replicas = 4
    private static let callers = 64
    private static let logger = Logger(service: "bench", level: .warning)
    private static let now = Timestamp.now()

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let cluster = try DurableCluster()
        defer { cluster.stop() }
        let client = PostgresClient(configuration: cluster.configuration)
        try await Migrator(client: client, logger: logger).migrate()
        try await client.execute("TRUNCATE quota, quota_lease")
        let pools = (0..<replicas).map { _ in PostgresClient(configuration: cluster.configuration) }
        let rounds = try await withLedgers(pools) { ledgers in
            try await measure(ledgers, pools, isQuick: isQuick)
        }
        for pool in pools { await pool.close() }
        await client.close()
        return rounds
    }

    private static func measure(
        _ ledgers: [QuotaLedger],
        _ pools: [PostgresClient],
        isQuick: Bool
    ) async throws -> [BenchmarkRow] {
        var figures: [String: [Double]] = [:]
        let exhausted = isQuick ? 1_000 : 10_000
        for round in 0..<(isQuick ? 2 : 5) {
            let time: Duration = isQuick ? .seconds(2) : .seconds(10)
            let endless = try client("endless:\(round)")
            figures["leases", default: []].append(try await rate(for: time) { try await take(ledgers[$0], endless) })
            let counted = try client("counted:\(round)")
            figures["statements", default: []].append(
                try await rate(for: time) { try await count(pools[$0], counted, limit: .max / 2) }
            )
            let (ours, theirs) = (try client("ours:\(round)"), try client("theirs:\(round)"))
            figures["leased", default: []].append(
                try await rate(of: exhausted) { try await take(ledgers[$0], ours, limit: exhausted) }
            )
            figures["stated", default: []].append(
                try await rate(of: exhausted) { try await count(pools[$0], theirs, limit: exhausted) }
            )
        }
        let latencies = try await latencies(ledgers[0], count: 100_000)
        return [
            BenchmarkRow(
                work: "one client far from its limit, 4 replicas, 64 callers (a statement per unit)",
                ours: (figures["leases"] ?? []).median,
                peer: (figures["statements"] ?? []).median,
                unit: "units/s",
                goal: 20
            ),
            BenchmarkRow(
                work: "a limit of \(exhausted) used up to the last unit (a statement per unit)",
                ours: (figures["leased"] ?? []).median,
                peer: (figures["stated"] ?? []).median,
                unit: "units/s",
                goal: 1
            ),
            BenchmarkRow(
                work: "one unit, one caller: p50",
                ours: latencies.quantile(0.5),
                peer: 0,
                unit: "µs",
                better: .less,
                goal: 0
            ),
            BenchmarkRow(
                work: "one unit, one caller: p99",
                ours: latencies.quantile(0.99),
                peer: 0,
                unit: "µs",
                better: .less,
                goal: 0
            ),
        ]
    }

    private static func client(_ text: String) throws -> QuotaClient {
        guard let client = QuotaClient(text) else { throw BenchmarkFailure(description: "\(text) is not a client.") }
        return client
    }

    private static func withLedgers<Value>(
        _ pools: [PostgresClient],
        _ body: ([QuotaLedger]) async throws -> Value
    ) async throws -> Value {
        var settings = LedgerSettings()
        settings.replicas = replicas
        let ledgers = pools.map { pool in
            QuotaLedger(store: QuotaStore(client: pool, logger: logger), settings: settings, logger: logger)
        }
        return try await withThrowingTaskGroup { group in
            for ledger in ledgers { group.addTask { try? await ledger.run() } }
            defer { group.cancelAll() }
            let value = try await body(ledgers)
            for ledger in ledgers { await ledger.stop() }
            return value
        }
    }

    /// Takes one unit; returns `false` if the limit is reached.
    private static func take(_ ledger: QuotaLedger, _ client: QuotaClient, limit: Int = .max / 2) async throws -> Bool {
        switch try await ledger.take(1, of: client, limit: limit, on: QuotaDay(of: now), now: now) {
        case .admitted: return true
        case .refused: return false
        case .unavailable: throw BenchmarkFailure(description: "The database was unavailable.")
        }
    }

    /// The peer: one statement counts one unit.
    private static func count(_ pool: PostgresClient, _ client: QuotaClient, limit: Int) async throws -> Bool {
        try await !pool.query(
            """
            INSERT INTO quota AS q (client, day, used, latest_lease, daily_limit)
            VALUES (\(client.text), date '2026-01-01', 1, 1, \(limit))
            ON CONFLICT (client, day) DO UPDATE SET used = q.used + 1 WHERE q.used + 1 <= \(limit) RETURNING used
            """
        ).isEmpty
    }

    /// The units a second that all callers are admitted within a time.
    private static func rate(
        for time: Duration,
        _ take: @escaping @Sendable (_ replica: Int) async throws -> Bool
    ) async throws -> Double {
        let began = ContinuousClock.now
        let admitted = try await admitted { replica in
            guard ContinuousClock.now - began < time else { return false }
            return try await take(replica)
        }
        return Double(admitted) / ((ContinuousClock.now - began) / .seconds(1))
    }

    /// The units a second until the limit is used up, which has to be exact.
    private static func rate(
        of limit: Int,
        _ take: @escaping @Sendable (_ replica: Int) async throws -> Bool
    ) async throws -> Double {
        let began = ContinuousClock.now
        let admitted = try await admitted(take)
        guard admitted == limit else {
            throw BenchmarkFailure(description: "\(admitted) units were admitted, but the limit is \(limit).")
        }
        return Double(admitted) / ((ContinuousClock.now - began) / .seconds(1))
    }

    /// Lets all callers take units until they are refused; returns the units.
    private static func admitted(
        _ take: @escaping @Sendable (_ replica: Int) async throws -> Bool
    ) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var units = 0
                    while try await take(caller % replicas) { units += 1 }
                    return units
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// The times of single units in microseconds.
    private static func latencies(_ ledger: QuotaLedger, count: Int) async throws -> [Double] {
        let client = try client("latency")
        var latencies: [Double] = []
        latencies.reserveCapacity(count)
        for _ in 0..<count {
            let began = ContinuousClock.now
            _ = try await take(ledger, client)
            latencies.append((ContinuousClock.now - began) / .microseconds(1))
        }
        return latencies
    }
}
