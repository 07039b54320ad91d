internal import Concurrency
package import Kafka
internal import Models
package import Observability
internal import Synchronization

/// The queue in Apache Kafka: a topic whose partitions are those of the queue.
package final class KafkaLog: LocationQueueLog {
    let configuration: KafkaLogConfiguration
    let logger: Logger
    private let admin: KafkaAdmin
    private let knownPartitionCount = Atomic(0)

    /// The log of a cluster, which may still be unreachable.
    ///
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    package init(_ configuration: KafkaLogConfiguration, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.logger = logger
        admin = try KafkaAdmin(configuration.kafka, logger: logger)
    }

    /// Waits for the cluster, creates missing topics, and returns when the topics exist.
    ///
    /// It does not change the settings of an existing topic.
    ///
    /// - Throws: ``LocationQueueError`` with `partitionCount` if the topic has more partitions than ids of locations
    ///   allow, and `CancellationError`.
    package func prepare() async throws {
        guard knownPartitionCount.load(ordering: .relaxed) == 0 else { return }
        let count = try await retrying(Backoff(base: .milliseconds(100))) {
            let count = try await partitionCount(of: configuration.topic)
            _ = try await partitionCount(of: configuration.deadLetterTopic)
            return count
        } whenFailed: { error, delay in
            guard error is KafkaError else { throw error }
            logger.warning("The topic of the queue is not ready", error: error, [.delay: .seconds(delay)])
        }
        guard (1...LocationID.partitions).contains(count) else { throw LocationQueueError(.partitionCount) }
        knownPartitionCount.store(count, ordering: .relaxed)
        logger.info(
            "The topic of the queue is ready",
            [.topic: .string(configuration.topic), .count: .integer(count)]
        )
    }

    /// The number of partitions of the topic.
    ///
    /// - Throws: ``LocationQueueError`` with `unavailable` until ``prepare()`` has found them.
    func partitions() throws(LocationQueueError) -> [Int] {
        let count = knownPartitionCount.load(ordering: .relaxed)
        guard count > 0 else { throw LocationQueueError(.unavailable) }
        return Array(0..<count)
    }

    /// Whether the topic exists and a broker answers for it.
    package func isReachable() async -> Bool {
        guard knownPartitionCount.load(ordering: .relaxed) > 0 else { return false }
        return await (try? admin.partitionCount(of: configuration.topic, within: .milliseconds(900))) != nil
    }

    package func identity() async throws -> String {
        "kafka:\(try await admin.clusterID())/\(configuration.topic)"
    }

    package func tail(from offsets: [Int: Int64]) -> any LocationQueueTail {
        KafkaLogTail(log: self, from: offsets)
    }

    package func ends() async throws -> [Int: Int64] {
        try await prepare()
        return try await admin.ends(of: configuration.topic, try partitions())
    }

    /// The number of partitions of a topic, which it creates if it does not exist.
    private func partitionCount(of name: String) async throws -> Int {
        if let count = try await existingPartitionCount(of: name) { return count }
        try await create(name)
        // Some brokers learn of a new topic later.
        for _ in 0..<20 {
            if let count = try await existingPartitionCount(of: name) { return count }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await admin.partitionCount(of: name)
    }

    private func existingPartitionCount(of name: String) async throws(KafkaError) -> Int? {
        do throws(KafkaError) {
            return try await admin.partitionCount(of: name)
        } catch {
            if error.code == .unknownTopic { return nil }
            throw error
        }
    }

    private func create(_ name: String) async throws(KafkaError) {
        do throws(KafkaError) {
            try await admin.create(topic(name))
            logger.info("Created a topic", [.topic: .string(name), .count: .integer(configuration.partitions)])
        } catch {
            // Another process may have created it meanwhile.
            if error.code != .topicExists { throw error }
        }
    }

    private func topic(_ name: String) -> KafkaTopic {
        KafkaTopic(
            name: name,
            partitions: configuration.partitions,
            replication: configuration.replication,
            settings: [
                "cleanup.policy": "delete",
                "retention.ms": String(configuration.retention.components.seconds * 1_000),
                // With a sender's time, retention could remove a message that has just arrived.
                "message.timestamp.type": "LogAppendTime",
            ]
        )
    }
}
