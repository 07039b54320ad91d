/// The result of a consumer's poll.
package struct KafkaPoll: Sendable {
    /// A change of the partitions that the group assigns to this member.
    package enum Rebalance: Equatable, Sendable {
        /// Exactly these partitions, once they have been assigned with their offsets.
        case assigned([Int])
        /// No partitions.
        case revoked
    }

    /// The failure of a partition or of the whole client.
    package struct Failure: Equatable, Sendable {
        /// The partition; `nil` for the whole client.
        package let partition: Int?
        /// The error.
        package let error: KafkaError
    }

    /// The records, one entry per partition.
    package var partitions: [KafkaPartitionRecords] = []
    /// The latest change since the previous poll; the records may be of partitions that were just lost.
    package var rebalance: Rebalance?
    /// The failures.
    package var failures: [Failure] = []
}
