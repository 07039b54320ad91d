/// The kind of queue in a suite.
enum Queue: String, CaseIterable {
    /// The log in PostgreSQL.
    case embedded
    /// A topic of Kafka.
    case kafka
}
