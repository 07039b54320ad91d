package import Kafka
internal import Models
package import Observability
internal import Synchronization

/// The queue of a deployment with Apache Kafka: a topic whose partitions are the queue's.
package final class KafkaLog: LocationQueueLog {
    let configuration: KafkaLogConfiguration
    let logger: Logger
    private let admin: KafkaAdmin
    private let knownPartitionCount = Atomic(0)

    /// Makes the log of a cluster, which need not be there yet.
    ///
    /// - Throws: `KafkaError` if the configuration is none that librdkafka takes.
    package init(_ configuration: KafkaLogConfiguration, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.logger = logger
        admin = try KafkaAdmin(configuration.kafka, logger: logger)
    }

    /// Returns once the topics are there, which are made if they are not; waits for the cluster however long it takes.
    ///
    /// A topic that exists stays as it is: whoever has made it knows why.
    ///
    /// - Throws: ``LocationQueueError`` with `misconfigured` if the topic has more partitions than numbers of locations
    ///   have room for, and `CancellationError`.
    package func prepare() async throws {
        var delay = Duration.milliseconds(100)
        while knownPartitionCount.load(ordering: .relaxed) == 0 {
            do {
                let count = try await partitionCount(of: configuration.topic)
                _ = try await partitionCount(of: configuration.deadLetterTopic)
                guard (1...LocationID.partitions).contains(count) else { throw LocationQueueError(.misconfigured) }
                knownPartitionCount.store(count, ordering: .relaxed)
                logger.info("The queue is there", [.topic: .string(configuration.topic), .count: .integer(count)])
            } catch let error as KafkaError {
                logger.warning("The queue is not there yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }

    /// The partitions of the topic.
    ///
    /// - Throws: ``LocationQueueError`` with `unavailable` until ``prepare()`` has found them.
    func partitions() throws(LocationQueueError) -> [Int] {
        let count = knownPartitionCount.load(ordering: .relaxed)
        guard count > 0 else { throw LocationQueueError(.unavailable) }
        return Array(0..<count)
    }

    /// Whether the topic is there and a broker answers for it.
    package func isReachable() async -> Bool {
        guard knownPartitionCount.load(ordering: .relaxed) > 0 else { return false }
        return await (try? admin.partitionCount(of: configuration.topic, within: .milliseconds(900))) != nil
    }

    package func identity() async throws -> String {
        "kafka:\(try await admin.clusterID())/\(configuration.topic)"
    }

    package func ends() async throws -> [Int: Int64] {
        try await prepare()
        return try await admin.ends(of: configuration.topic, try partitions())
    }

    /// Nothing: the brokers remove by themselves what is older than the topic's retention.
    package func removeBlocks(olderThan age: Duration, before offsets: [Int: Int64]) async throws -> Int {
        0
    }

    /// How many partitions a topic has, which is made if it is not there.
    private func partitionCount(of name: String) async throws -> Int {
        if let count = try await existingPartitionCount(of: name) { return count }
        try await create(name)
        // Not all brokers know a new topic at once.
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
            logger.info("A topic has been made", [.topic: .string(name), .count: .integer(configuration.partitions)])
        } catch {
            // Another process may have been faster.
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
                // A time that a sender chose would let retention remove what has just come.
                "message.timestamp.type": "LogAppendTime",
            ]
        )
    }
}
