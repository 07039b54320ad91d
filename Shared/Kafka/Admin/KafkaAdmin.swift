internal import Concurrency
package import Observability

/// A topic to create.
package struct KafkaTopic: Sendable {
    /// The name.
    package let name: String
    /// How many partitions it has.
    package let partitions: Int
    /// The replication factor; `nil` for the brokers' default.
    package let replication: Int?
    /// Settings of the topic by Kafka's names, such as `retention.ms`.
    package let settings: [String: String]

    /// A topic with its settings.
    package init(name: String, partitions: Int, replication: Int?, settings: [String: String]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

/// Creates topics and describes them.
package final class KafkaAdmin: Sendable {
    private let admin: RDKafkaAdmin
    private let calls = BlockingCalls("kafka.admin")
    private let timeout = Int32(5_000)

    /// A client, which connects with its first request.
    ///
    /// - Throws: ``KafkaError`` with `configuration`.
    package init(_ configuration: KafkaConfiguration, logger: Logger) throws(KafkaError) {
        admin = try RDKafkaAdmin(settings: configuration.settings([:]), logger: logger)
        if configuration.usesSCRAM, !RDKafkaAdmin.hasCorrectSCRAM {
            logger.warning(
                """
                Kafka 3.8.1 and newer refuse the SCRAM of this librdkafka, whatever the password: \
                take librdkafka 2.6.1 or newer, or PLAIN over TLS
                """
            )
        }
    }

    /// Creates a topic.
    ///
    /// - Throws: ``KafkaError``, with `topicExists` if one of that name exists, whatever its settings.
    package func create(_ topic: KafkaTopic) async throws(KafkaError) {
        try await calls.run { [admin, timeout] () throws(KafkaError) in try admin.create(topic, within: timeout) }
    }

    /// The number of partitions of a topic; waits for at most `limit`.
    package func partitionCount(
        of topic: String,
        within limit: Duration = .seconds(5)
    ) async throws(KafkaError) -> Int {
        try await calls.run { [admin] () throws(KafkaError) in
            try admin.partitionCount(of: topic, within: Int32(clamping: limit.milliseconds))
        }
    }

    /// The offset after the last record of each partition.
    package func ends(of topic: String, _ partitions: [Int]) async throws(KafkaError) -> [Int: Int64] {
        try await calls.run { [admin, timeout] () throws(KafkaError) in
            try admin.ends(of: topic, partitions, within: timeout)
        }
    }

    /// The cluster's unique id, which it got when it was created.
    package func clusterID() async throws(KafkaError) -> String {
        try await calls.run { [admin, timeout] () throws(KafkaError) in try admin.clusterID(within: timeout) }
    }
}
