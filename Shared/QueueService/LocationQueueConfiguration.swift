package import LocationQueue
package import ServiceRuntime

/// The queue of a deployment; the same for all processes.
package struct LocationQueueConfiguration: Sendable {
    /// The implementations of the queue.
    package enum Backend: String, CaseIterable, Sendable {
        /// A log in PostgreSQL.
        case postgres
        /// A topic in Apache Kafka.
        case kafka
    }

    /// The implementation.
    package let backend: Backend
    /// The settings of Kafka.
    package let kafka: KafkaLogConfiguration

    /// Reads the settings.
    package init(_ reader: inout EnvironmentReader) {
        backend = reader.choice(
            "LOCATION_QUEUE",
            default: .postgres,
            "The queue of accepted locations; the same for all services, and never changed."
        )
        kafka = KafkaLogConfiguration(&reader)
    }
}
