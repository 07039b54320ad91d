import Foundation
import Geospatial
import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import TestSupport

/// Storing locations, beside the fastest way that PostgreSQL has: `COPY BINARY` into the very same table.
///
/// The server is a private one with durability on. Both sides store the same rows, in turns.
enum IngestBenchmark: Benchmark {
    static let name = "ingest"
    static let summary =
        "locations a second: stored by the consumer and sent over REST, beside COPY BINARY; over gRPC, beside the queue"

    private static let persons = 1_250
    private static let batch = 10_000

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let count = isQuick ? 200_000 : 1_000_000
        let cluster = try DurableCluster()
        defer { cluster.stop() }
        let client = PostgresClient(configuration: cluster.configuration)
        try await Migrator(client: client, logger: Logger(service: "bench", level: .warning)).migrate()
        let stage = Stage(client: client, database: cluster.configuration)
        try await stage.createPersons(persons)
        try await stage.fillQueue(count: count, persons: persons, batch: batch)

        let scratch = try ScratchFolder()
        let rows = try scratch.write("rows.bin", "")
        var consumer: [Double] = []
        var copy: [Double] = []
        for round in 0..<(isQuick ? 3 : 5) {
            consumer.append(try await stage.consume(count))
            if round == 0 { try stage.psql("\\copy (SELECT * FROM location) to '\(rows)' (format binary)") }
            copy.append(try await stage.copy(rows, count: count))
        }
        let rest = try await stage.sendOverREST(count: count, persons: persons, batch: batch)
        let grpc = GRPCIngest(client: client, database: cluster.configuration, count: count, persons: persons)
        let grpcRows = try await grpc.rows(rounds: isQuick ? 1 : 3)
        await client.close()
        return [
            BenchmarkRow(
                work: "consumer: queue to table (COPY BINARY into the table)",
                ours: consumer.median,
                peer: copy.median,
                unit: "rows/s",
                goal: 0.7
            ),
            BenchmarkRow(
                work: "REST batches of 10,000, sent to stored (COPY BINARY)",
                ours: rest,
                peer: copy.median,
                unit: "locations/s",
                goal: 0
            ),
        ] + grpcRows
    }
}

/// A private PostgreSQL server whose commits are durable.
private struct DurableCluster {
    let configuration: PostgresConfiguration
    private let directory = ".build/bench/postgres"

    init() throws {
        _ = try TestCluster.run("start", directory, "--database", "ingest", "--config", "max_wal_size=4GB")
        var settings: [String: String] = [:]
        for line in try TestCluster.run("env", directory).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        var configuration = PostgresConfiguration(
            host: settings["DB_HOST"] ?? "",
            port: Int(settings["DB_PORT"] ?? "") ?? 0,
            user: settings["DB_USERNAME"] ?? "",
            password: settings["DB_PASSWORD"],
            database: "ingest"
        )
        configuration.statementTimeout = .seconds(600)
        configuration.acquireTimeout = .seconds(30)
        self.configuration = configuration
    }

    func stop() {
        _ = try? TestCluster.run("stop", directory)
    }
}

/// The database while it is measured.
private struct Stage {
    let client: PostgresClient
    let database: PostgresConfiguration

    func createPersons(_ count: Int) async throws {
        try await client.execute("TRUNCATE person RESTART IDENTITY")
        try await client.execute(
            """
            INSERT INTO person (first_name, last_name, company_name)
            SELECT 'First' || i, 'Last' || i, 'Company' || i % 50 FROM generate_series(1, \(count)) i
            """
        )
    }

    /// Appends locations in the order of time: everybody reports about every half minute, somewhere in a town.
    func fillQueue(count: Int, persons: Int, batch: Int) async throws {
        try await client.execute("TRUNCATE location_log")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        let producer = PostgresLogProducer(log: PostgresLog(client: client))
        try await withThrowingTaskGroup { group in
            group.addTask { await producer.run() }
            var random = SystemRandomNumberGenerator()
            for start in stride(from: 0, to: count, by: batch) {
                let messages = try (start..<min(start + batch, count)).map { index in
                    LocationMessage(
                        report: LocationReport(
                            personID: try Self.person(index % persons + 1),
                            coordinate: try Coordinate(
                                latitude: DegreesE7(rawValue: .random(in: 447_000_000...449_000_000, using: &random)),
                                longitude: DegreesE7(rawValue: .random(in: 203_000_000...206_000_000, using: &random))
                            ),
                            creationTime: Self.time(index)
                        ),
                        receivedAt: nil
                    )
                }
                _ = try await producer.append(messages)
            }
            producer.stop()
        }
    }

    /// Lets the consumer store all that the queue holds; returns rows a second.
    func consume(_ count: Int) async throws -> Double {
        try await reset()
        try await client.execute("UPDATE location_offset SET next_offset = 0")
        let consumer = try await RunningService.start(.locationConsumer, database: database, untilReady: false)
        // From the first batch on, so that the process's own start does not count.
        try await waitUntilStored(1)
        let began = ContinuousClock.now
        let before = try await stored()
        try await waitUntilStored(count)
        let elapsed = ContinuousClock.now - began
        await consumer.terminate()
        return Double(count - before) / elapsed.inSeconds
    }

    /// Copies the same rows; returns rows a second.
    func copy(_ file: String, count: Int) async throws -> Double {
        try await reset()
        let began = ContinuousClock.now
        try psql("\\copy location from '\(file)' (format binary)")
        return Double(count) / (ContinuousClock.now - began).inSeconds
    }

    /// Sends batches over four connections until all is stored; returns locations a second from the first byte on.
    func sendOverREST(count: Int, persons: Int, batch: Int) async throws -> Double {
        try await reset()
        try await client.execute("TRUNCATE location_log")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        try await client.execute("UPDATE location_offset SET next_offset = 0")
        let producer = try await RunningService.start(.locationProducer, database: database)
        let consumer = try await RunningService.start(.locationConsumer, database: database)
        guard let base = URL(string: producer.address) else { throw BenchmarkFailure(description: "no address") }
        let http = HTTPClient(base: base, connections: 4)
        let bodies = stride(from: 0, to: count, by: batch).map { start in
            let lines = (start..<min(start + batch, count)).map { index in
                #"{"person_id":\#(index % persons + 1),"latitude":"44.\#(7_000_000 + index * 7 % 1_999_999)","#
                    + #""longitude":"20.\#(3_000_000 + index * 13 % 2_999_999)","#
                    + #""creation_time":"\#(Self.time(index))"}"#
            }
            return Array((lines.joined(separator: "\n") + "\n").utf8)
        }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for connection in 0..<4 {
                group.addTask {
                    for index in stride(from: connection, to: bodies.count, by: 4) {
                        let answer = try await http.send(
                            "POST",
                            "/api/locations/batch",
                            contentType: "application/x-ndjson",
                            body: bodies[index]
                        )
                        guard answer.status == 200 else {
                            throw BenchmarkFailure(description: "a batch was answered \(answer.status)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await waitUntilStored(count)
        let elapsed = ContinuousClock.now - began
        await producer.terminate()
        await consumer.terminate()
        return Double(count) / elapsed.inSeconds
    }

    func psql(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "psql", "-q", "-h", database.host, "-p", String(database.port), "-U", database.user, "-d",
            database.database, "-c", command,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["PGPASSWORD": database.password ?? ""]) {
            $1
        }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkFailure(description: "psql failed") }
    }

    private func reset() async throws {
        try await client.execute("TRUNCATE location")
        try await client.execute("CHECKPOINT")
    }

    private func stored() async throws -> Int {
        try await client.query("SELECT coalesce(sum(next_offset), 0)::bigint FROM location_offset").single(Int.self)
    }

    private func waitUntilStored(_ count: Int) async throws {
        try await eventually("\(count) locations are stored", within: .seconds(600)) { try await stored() >= count }
    }

    private static func person(_ number: Int) throws -> PersonID {
        guard let id = PersonID(rawValue: number) else { throw BenchmarkFailure(description: "no such person") }
        return id
    }

    /// Somebody reports every 24 ms, from the first of June on.
    private static func time(_ index: Int) -> Timestamp {
        Timestamp(microseconds: 1_780_272_000_000_000 + Int64(index) * 24_000)
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
