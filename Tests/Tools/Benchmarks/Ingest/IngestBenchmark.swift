import Observability
import Persistence
import Postgres

/// Compares the ingest with the fastest way into PostgreSQL: `COPY BINARY` into the same table.
///
/// The server is private and durable. Both sides store the same rows, alternately.
enum IngestBenchmark: Benchmark {
    static let name = "ingest"
    static let summary =
        "locations a second: stored by the consumer, against COPY BINARY; over REST and gRPC, against the queue and nginx"

    private static let persons = 1_250
    private static let batch = 10_000

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        let count = isQuick ? 200_000 : 1_000_000
        let cluster = try DurableCluster()
        defer { cluster.stop() }
        let client = PostgresClient(configuration: cluster.configuration)
        try await Migrator(client: client, logger: Logger(service: "bench", level: .warning)).migrate()
        let stage = IngestStage(client: client, database: cluster.configuration)
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
        let queue = try QueueAlone(client: client, count: count, persons: persons)
        let grpcRows = try await GRPCIngest(queue: queue, database: cluster.configuration)
            .rows(rounds: isQuick ? 1 : 5, seconds: isQuick ? 2 : 5)
        let restRows = try await RESTIngest(queue: queue, database: cluster.configuration)
            .rows(rounds: isQuick ? 1 : 5, seconds: isQuick ? 2 : 5)
        let decoding = try Decoding(reports: queue.reports.prefix(100_000)).row(rounds: isQuick ? 3 : 15)
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
        ] + grpcRows + restRows + [decoding]
    }
}
