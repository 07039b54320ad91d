package import LocationQueue
package import ServiceRuntime

/// What the queue of a deployment is; the same for all of its processes.
package struct LocationQueueConfiguration: Sendable {
    /// The kinds of queue.
    package enum Backend: String, CaseIterable, Sendable {
        /// The log in PostgreSQL, beside the rows.
        case postgres
        /// A topic of Apache Kafka.
        case kafka
    }

    /// Which kind.
    package let backend: Backend
    /// Where and what it is if it is Kafka.
    package let kafka: KafkaLogConfiguration

    /// Reads the settings.
    package init(_ reader: inout EnvironmentReader) {
        backend = reader.choice(
            "LOCATION_QUEUE",
            default: .postgres,
            "Where locations wait for being stored; the same for all services, and never changed."
        )
        kafka = KafkaLogConfiguration(&reader)
    }
}
