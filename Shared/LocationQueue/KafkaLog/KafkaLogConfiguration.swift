package import Kafka

/// Where the queue is when it is Apache Kafka, and what its topics are like.
package struct KafkaLogConfiguration: Sendable {
    /// The cluster.
    package var kafka: KafkaConfiguration
    /// The topic of locations.
    package var topic: String
    /// How many partitions the topic gets if it has to be made.
    package var partitions: Int
    /// How many copies of each partition there are to be; `nil` is what the brokers do by themselves.
    package var replication: Int?
    /// The retention of the topics, whether a message has been stored or not; an erased person's messages stay as long.
    package var retention: Duration

    /// The topic of what could not be stored.
    package var deadLetterTopic: String { "\(topic).dead-letter" }

    /// Joins the five.
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
