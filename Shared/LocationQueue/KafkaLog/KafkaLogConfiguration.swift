package import Kafka

/// The cluster of the queue and the settings of its topics.
package struct KafkaLogConfiguration: Sendable {
    /// The cluster.
    package var kafka: KafkaConfiguration
    /// The topic of locations.
    package var topic: String
    /// The number of partitions of a topic that must be created.
    package var partitions: Int
    /// The replication factor; `nil` for the brokers' default.
    package var replication: Int?
    /// The retention of the topics, which also applies to unstored messages and to those of an erased person.
    package var retention: Duration

    /// The topic of dead letters.
    package var deadLetterTopic: String { "\(topic).dead-letter" }

    /// A configuration of the queue.
    package init(
        kafka: KafkaConfiguration,
        topic: String = "location",
        partitions: Int = 8,
        replication: Int? = nil,
        retention: Duration = .seconds(24 * 3_600)
    ) {
        self.kafka = kafka
        self.topic = topic
        self.partitions = partitions
        self.replication = replication
        self.retention = retention
    }
}
