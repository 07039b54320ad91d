/// What a consumer has found.
package struct KafkaPoll: Sendable {
    /// A change of the partitions that the group gives to this member.
    package enum Rebalance: Equatable, Sendable {
        /// These, and no others, as soon as they have been assigned with their offsets.
        case assigned([Int])
        /// None.
        case revoked
    }

    /// Why a partition, or the whole client, does not go on.
    package struct Failure: Equatable, Sendable {
        /// Which partition; `nil` if it is not about one.
        package let partition: Int?
        /// Why.
        package let error: KafkaError
    }

    /// The records, an entry a partition.
    package var partitions: [KafkaPartitionRecords] = []
    /// The latest change since the poll before; records above may be of partitions that have just been lost.
    package var rebalance: Rebalance?
    /// What went wrong.
    package var failures: [Failure] = []
}
