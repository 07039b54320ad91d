/// What the queue of a suite is.
enum Queue: String, CaseIterable {
    /// The log in PostgreSQL.
    case embedded
    /// A topic of Kafka.
    case kafka
}
