package import LocationQueue
package import Postgres
package import ServiceRuntime

/// The queue of a process that consumes messages.
package struct ConsumingQueue: Sendable {
    /// The queue's log.
    package let log: any LocationQueueLog
    /// This process's membership in the group.
    package let consumer: any LocationQueueConsumer
    /// The embedded log, from which old blocks have to be removed; `nil` with another queue.
    package let embeddedLog: PostgresLog?
    /// Reports stored batches to the queue, if it has its own lag monitoring.
    package let reportStored: (@Sendable ([QueueBatch]) -> Void)?
    /// Publishes dead letters, if the queue has a topic for them; must be run.
    package let deadLetterTopic: KafkaLogProducer?
    /// Checks whether messages can be consumed.
    package let readiness: [ReadinessCheck]

    /// Wires the configured queue; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: the queue's settings.
    ///   - client: the database of the embedded log.
    ///   - member: a name that is unique in the consumer group.
    ///   - group: the name of the consumer group in Kafka.
    ///   - maximumBytes: about the maximum size of a batch.
    ///   - process: provides logger and metrics.
    ///   - storedOffsets: reads the offsets at which partitions continue.
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    package init(
        _ configuration: LocationQueueConfiguration,
        _ client: PostgresClient,
        member: String,
        group: String,
        maximumBytes: Int,
        _ process: ServiceProcess,
        storedOffsets: @escaping @Sendable ([Int]) async throws -> [Int: Int64]
    ) throws {
        switch configuration.backend {
        case .postgres:
            let log = PostgresLog(client: client)
            self.log = log
            embeddedLog = log
            consumer = PostgresLogConsumer(
                log: log,
                member: member,
                maximumBytes: maximumBytes,
                logger: process.logger,
                storedOffsets: storedOffsets
            )
            reportStored = nil
            deadLetterTopic = nil
            // The database has its own check.
            readiness = []
        case .kafka:
            let log = try KafkaLog(configuration.kafka, logger: process.logger)
            let queue = try KafkaLogConsumer(
                log: log,
                group: group,
                maximumBytes: maximumBytes,
                metrics: process.metrics,
                storedOffsets: storedOffsets
            )
            self.log = log
            embeddedLog = nil
            consumer = queue
            reportStored = queue.noteStored
            deadLetterTopic = try KafkaLogProducer(log: log)
            readiness = [ReadinessCheck(name: "queue", check: log.isReachable)]
        }
    }
}
