import DatabaseService
import EventService
import HTTPServer
import HTTPService
import Postgres
import QueueService
import ServiceRuntime

/// The settings of location-consumer.
struct LocationConsumerConfiguration {
    /// The HTTP server for health and metrics.
    let http: HTTPServerConfiguration
    /// The database of the locations and of the embedded queue.
    let database: PostgresConfiguration
    /// The queue.
    let queue: LocationQueueConfiguration
    /// The name of the consumer group in Kafka.
    let group: String
    /// This process's name in the consumer group, unique per process.
    let member: String
    /// About the maximum size of a batch, which is stored in one transaction.
    let batchBytes: Int
    /// The maximum memory of the process.
    let memory: MemoryBound
    /// The retention of stored messages in the embedded queue.
    let retention: Duration
    /// The retention of dead letters.
    let deadLetterRetention: Duration
    /// The maximum number of dead letters.
    let maximumDeadLetters: Int
    /// What happens to locations outside every event.
    let outside: OutsideRule

    private static let largestBatchShare = 64

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_consumer")
        queue = LocationQueueConfiguration(&reader)
        group = reader.string("KAFKA_GROUP", default: "location-consumer", "Name of the consumer group in Kafka.")
        let name = reader.string(
            "HOSTNAME",
            default: "consumer",
            "Prefix of this process's name in the consumer group."
        )
        member = "\(name)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        batchBytes = reader.bytes(
            "BATCH_BYTES",
            default: 1 << 20,
            in: 1 << 10...16 << 20,
            "About the maximum size of a batch, which is stored in one transaction."
        )
        memory = MemoryBound(&reader)
        reader.require(
            batchBytes <= memory.bytes / Self.largestBatchShare,
            key: "BATCH_BYTES",
            "BATCH_BYTES must be at most a 64th of MEMORY_BOUND, because decoded messages take more memory."
        )
        retention = reader.duration(
            "LOG_RETENTION",
            default: .seconds(7 * 24 * 3_600),
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "Retention of stored messages in the embedded queue."
        )
        deadLetterRetention = reader.duration(
            "DEAD_LETTER_RETENTION",
            default: .seconds(30 * 24 * 3_600),
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "Retention of dead letters; remove the cause and replay them before."
        )
        maximumDeadLetters = reader.integer(
            "DEAD_LETTER_MAX_ROWS",
            default: 1_000_000,
            in: 1...1_000_000_000,
            "Maximum number of dead letters; beyond it, the oldest are removed, which is logged as an error."
        )
        outside = OutsideRule(&reader)
    }
}
