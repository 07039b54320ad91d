package import LocationQueue
package import Postgres
package import ServiceRuntime

/// The queue as a part of a process that takes messages out of it.
package struct ConsumingQueue: Sendable {
    /// The queue itself.
    package let log: any LocationQueueLog
    /// This process's membership in the group.
    package let consumer: any LocationQueueConsumer
    /// Where others are told of dead letters, if the queue has a place for that; it has to run.
    package let deadLetterTopic: KafkaLogProducer?
    /// Whether messages are likely to come.
    package let readiness: [ReadinessCheck]
    /// To be started before messages are taken.
    package let services: [Service]

    /// Wires the queue of a configuration; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - configuration: which queue.
    ///   - client: the database of the embedded log.
    ///   - member: a name that no other process of the group has.
    ///   - group: what the group is called in Kafka.
    ///   - maximumBytes: about how many bytes of messages are taken at a time.
    ///   - process: whose logger and metrics are used.
    ///   - storedOffsets: the offsets from which partitions go on.
    /// - Throws: `KafkaError` if the configuration is none that librdkafka takes.
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
            let queue = PostgresLogConsumer(
                log: log,
                member: member,
                maximumBytes: maximumBytes,
                logger: process.logger,
                storedOffsets: storedOffsets
            )
            self.log = log
            consumer = queue
            deadLetterTopic = nil
            // The database's own.
            readiness = []
            services = [Service(name: "wake-up", run: { try await queue.run() })]
        case .kafka:
            let log = try KafkaLog(configuration.kafka, logger: process.logger)
            self.log = log
            consumer = try KafkaLogConsumer(
                log: log,
                group: group,
                maximumBytes: maximumBytes,
                metrics: process.metrics,
                storedOffsets: storedOffsets
            )
            deadLetterTopic = try KafkaLogProducer(log: log)
            readiness = [ReadinessCheck(name: "queue", check: log.isReachable)]
            services = []
        }
    }
}
