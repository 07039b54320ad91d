import HTTPServer
import Postgres
import ServiceRuntime
import ServiceWiring

/// What location-consumer is told by its environment.
struct LocationConsumerConfiguration {
    /// The HTTP server for health and metrics.
    let http: HTTPServerConfiguration
    /// The database, of rows and of the embedded queue.
    let database: PostgresConfiguration
    /// What the queue is.
    let queue: LocationQueueConfiguration
    /// What the group is called in Kafka.
    let group: String
    /// What this process is called in its group; no other may be called so.
    let member: String
    /// About how many bytes of messages are stored in one transaction.
    let batchBytes: Int
    /// How much memory it may take.
    let memory: MemoryBound
    /// How long the embedded queue keeps what has been stored.
    let retention: Duration
    /// The retention of dead letters.
    let deadLetterRetention: Duration
    /// The most dead letters that are kept.
    let maximumDeadLetters: Int

    private static let largestBatchShare = 64

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_consumer")
        queue = LocationQueueConfiguration(&reader)
        group = reader.string("KAFKA_GROUP", default: "location-consumer", "What the group is called in Kafka.")
        let name = reader.string("HOSTNAME", default: "consumer", "Part of this process's name in its group.")
        member = "\(name)-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        batchBytes = reader.bytes(
            "BATCH_BYTES",
            default: 1 << 20,
            in: 1 << 10...16 << 20,
            "About how many bytes of messages are stored in one transaction."
        )
        memory = MemoryBound(&reader)
        reader.require(
            batchBytes <= memory.bytes / Self.largestBatchShare,
            key: "BATCH_BYTES",
            "BATCH_BYTES is at most a 64th of MEMORY_BOUND, as messages take more room once they are read."
        )
        retention = reader.duration(
            "LOG_RETENTION",
            default: .seconds(7 * 24 * 3_600),
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "How long the embedded queue keeps messages that have been stored."
        )
        deadLetterRetention = reader.duration(
            "DEAD_LETTER_RETENTION",
            default: .seconds(30 * 24 * 3_600),
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "How long dead letters are kept; mend the cause and replay them before."
        )
        maximumDeadLetters = reader.integer(
            "DEAD_LETTER_MAX_ROWS",
            default: 1_000_000,
            in: 1...1_000_000_000,
            "How many dead letters are kept at most; beyond it the oldest are removed, which is logged as an error."
        )
    }
}
