import Foundation
import Kafka
import KafkaTestSupport
import LocationQueue
import Observability
import Persistence
import Postgres
import TestSupport

/// Compares storing from Kafka, with one consumer and with three, with `COPY BINARY` into the same database.
///
/// The broker comes from `KAFKA_HOME`; the PostgreSQL server is private and durable. All store the same rows, alternately.
/// Three consumers are compared with three concurrent COPYs of a third of the rows each.
enum ScaleOutBenchmark: Benchmark {
    static let name = "scale-out"
    static let summary = "locations a second that one and three consumers store from Kafka, compared with COPY BINARY"

    private static let persons = 1_250
    private static let batch = 10_000
    private static let partitions = 6
    private static let logger = Logger(service: "bench", level: .warning)

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        guard KafkaBroker.isAvailable else {
            throw BenchmarkFailure(description: "Set KAFKA_HOME to the folder of a distribution of Apache Kafka 4.")
        }
        let broker = try await KafkaBroker()
        let result: Result<[BenchmarkRow], any Error>
        do {
            let cluster = try DurableCluster()
            defer { cluster.stop() }
            result = .success(
                try await run(on: broker, cluster, count: isQuick ? 400_000 : 2_000_000, rounds: isQuick ? 1 : 5)
            )
        } catch {
            result = .failure(error)
        }
        await broker.remove()
        return try result.get()
    }

    private static func run(
        on broker: KafkaBroker,
        _ cluster: DurableCluster,
        count: Int,
        rounds: Int
    ) async throws -> [BenchmarkRow] {
        let client = PostgresClient(configuration: cluster.configuration)
        try await Migrator(client: client, logger: logger).migrate()
        let stage = IngestStage(client: client, database: cluster.configuration)
        try await stage.createPersons(persons)
        try await client.execute("TRUNCATE location_offset, location_queue")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        try await fill(broker, count)
        let scratch = try ScratchFolder()
        let files = try (0..<3).map { try scratch.write("rows-\($0).bin", "") }
        var (one, three, copy, copies): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for round in 0..<rounds {
            one.append(try await consume(1, count, from: broker, stage))
            three.append(try await consume(3, count, from: broker, stage))
            if round == 0 {
                for (number, file) in files.enumerated() {
                    try stage.psql(
                        "\\copy (SELECT * FROM location WHERE person_id % 3 = \(number)) to '\(file)' (format binary)"
                    )
                }
            }
            copy.append(try await copyRows(files, atATime: 1, count, stage))
            copies.append(try await copyRows(files, atATime: 3, count, stage))
        }
        await client.close()
        return [
            BenchmarkRow(
                work: "1 consumer on \(partitions) partitions (COPY BINARY, one at a time)",
                ours: one.median,
                peer: copy.median,
                unit: "rows/s",
                goal: 0
            ),
            BenchmarkRow(
                work: "3 consumers on \(partitions) partitions (COPY BINARY, three at a time)",
                ours: three.median,
                peer: copies.median,
                unit: "rows/s",
                goal: 0.7
            ),
        ]
    }

    private static func fill(_ broker: KafkaBroker, _ count: Int) async throws {
        let log = try KafkaLog(
            KafkaLogConfiguration(kafka: broker.configuration, partitions: partitions),
            logger: logger
        )
        let producer = try KafkaLogProducer(log: log)
        try await withThrowingTaskGroup { group in
            group.addTask { try await producer.run() }
            defer { producer.stop() }
            try await log.prepare()
            try await IngestStage.append(count, persons: persons, batch: batch, to: producer)
        }
    }

    /// Runs consumers until they have stored the whole topic.
    ///
    /// Returns rows a second, starting when each has its partitions.
    private static func consume(
        _ consumers: Int,
        _ count: Int,
        from broker: KafkaBroker,
        _ stage: IngestStage
    ) async throws -> Double {
        try await stage.reset()
        try await stage.client.execute("UPDATE location_offset SET next_offset = 0")
        let environment = ["LOCATION_QUEUE": "kafka", "KAFKA_BROKERS": broker.configuration.brokers]
        let services = try await withThrowingTaskGroup { group in
            for _ in 0..<consumers {
                group.addTask {
                    try await RunningService.start(
                        .locationConsumer,
                        database: stage.database,
                        environment: environment,
                        untilReady: false
                    )
                }
            }
            return try await group.reduce(into: [RunningService]()) { $0.append($1) }
        }
        try await eventually("\(consumers) consumers have their partitions", within: .seconds(60)) {
            services.allSatisfy {
                $0.logText.contains(#""Assigned partitions of the topic","count":\#(partitions / consumers)"#)
            }
        }
        let (began, before) = (ContinuousClock.now, try await stage.stored())
        try await stage.waitUntilStored(count)
        let elapsed = ContinuousClock.now - began
        for service in services { await service.terminate() }
        guard before < count * 2 / 3 else {
            throw BenchmarkFailure(description: "Most locations were stored before all consumers had their partitions.")
        }
        return Double(count - before) / elapsed.seconds
    }

    /// Copies the rows.
    ///
    /// Returns rows a second.
    private static func copyRows(
        _ files: [String],
        atATime parallel: Int,
        _ count: Int,
        _ stage: IngestStage
    ) async throws -> Double {
        try await stage.reset()
        let began = ContinuousClock.now
        if parallel == 1 {
            for file in files { try stage.psql("\\copy location from '\(file)' (format binary)") }
        } else {
            let processes = try files.map { try stage.startPSQL("\\copy location from '\($0)' (format binary)") }
            for process in processes { try IngestStage.finish(process) }
        }
        return Double(count) / (ContinuousClock.now - began).seconds
    }
}
