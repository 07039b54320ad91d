package import Observability

/// A topic as it is to be made.
package struct KafkaTopic: Sendable {
    /// The name.
    package let name: String
    /// How many partitions it has.
    package let partitions: Int
    /// How many copies of each partition there are; `nil` is what the brokers do by themselves.
    package let replication: Int?
    /// Settings of topics by Kafka's names, such as `retention.ms`.
    package let settings: [String: String]

    /// Joins the four.
    package init(name: String, partitions: Int, replication: Int?, settings: [String: String]) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

/// Makes topics and asks about them.
package final class KafkaAdmin: Sendable {
    private let admin: RDKafkaAdmin
    private let calls = BlockingCalls("kafka.admin")
    private let timeout = Duration.seconds(5).milliseconds

    /// Makes a client; nothing is connected before something is asked.
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

    /// Makes a topic.
    ///
    /// - Throws: ``KafkaError``, with `topicExists` if there is one of that name, whatever it is like.
    package func create(_ topic: KafkaTopic) async throws(KafkaError) {
        try await calls.run { [admin, timeout] () throws(KafkaError) in try admin.create(topic, within: timeout) }
    }

    /// How many partitions a topic has; waits for no longer than `limit`.
    package func partitionCount(
        of topic: String,
        within limit: Duration = .seconds(5)
    ) async throws(KafkaError) -> Int {
        try await calls.run { [admin] () throws(KafkaError) in
            try admin.partitionCount(of: topic, within: limit.milliseconds)
        }
    }

    /// The offset behind the last record of each partition.
    package func ends(of topic: String, _ partitions: [Int]) async throws(KafkaError) -> [Int: Int64] {
        try await calls.run { [admin, timeout] () throws(KafkaError) in
            try admin.ends(of: topic, partitions, within: timeout)
        }
    }

    /// The name that the cluster was given when it was made, which no other has.
    package func clusterID() async throws(KafkaError) -> String {
        try await calls.run { [admin, timeout] () throws(KafkaError) in try admin.clusterID(within: timeout) }
    }
}
