import CLibRDKafka

/// Lists of partitions for librdkafka.
enum RDKafkaPartitions {
    /// Calls `body` with a list of a topic's partitions and offsets, which is freed afterwards.
    static func with<Value>(
        _ topic: String,
        _ offsets: [Int: Int64],
        _ body: (UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> Value
    ) -> Value {
        let list = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for (partition, offset) in offsets {
            rd_kafka_topic_partition_list_add(list, topic, Int32(partition))?.pointee.offset = offset
        }
        return body(list)
    }

    /// The partitions of a list, of any topic.
    static func partitions(of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> [Int] {
        guard let list else { return [] }
        return UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt))
            .map { Int($0.partition) }
    }
}
