import CLibRDKafka
import Glibc
import Observability

/// A librdkafka client that creates and describes topics.
final class RDKafkaAdmin: Sendable {
    private let client: RDKafkaClient

    init(settings: [String: String], logger: Logger) throws(KafkaError) {
        client = try RDKafkaClient(
            RD_KAFKA_PRODUCER,
            settings: settings,
            callbacks: RDKafkaCallbacks(logger: logger)
        )
    }

    /// Whether this librdkafka can log in by SCRAM to every version of Kafka.
    ///
    /// Before 2.6.1 it sent its nonce twice, which Kafka refuses since 3.8.1 (librdkafka's pull request 4895).
    static var hasCorrectSCRAM: Bool { rd_kafka_version() >= 0x0206_0100 }

    func create(_ topic: KafkaTopic, within milliseconds: Int32) throws(KafkaError) {
        var reason = [CChar](repeating: 0, count: 512)
        let description = rd_kafka_NewTopic_new(
            topic.name,
            Int32(topic.partitions),
            Int32(topic.replication ?? -1),
            &reason,
            reason.count
        )
        guard let description else { throw KafkaError(.configuration, "Kafka rejects this kind of topic.") }
        defer { rd_kafka_NewTopic_destroy(description) }
        for (name, value) in topic.settings { rd_kafka_NewTopic_set_config(description, name, value) }
        let queue = rd_kafka_queue_new(client.pointer)
        defer { rd_kafka_queue_destroy(queue) }
        let options = rd_kafka_AdminOptions_new(client.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, nil, 0)
        var topics: [OpaquePointer?] = [description]
        rd_kafka_CreateTopics(client.pointer, &topics, 1, options, queue)
        guard let event = rd_kafka_queue_poll(queue, milliseconds + 1_000) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        defer { rd_kafka_event_destroy(event) }
        try KafkaError.check(rd_kafka_event_error(event))
        guard let result = rd_kafka_event_CreateTopics_result(event) else { return }
        var count = 0
        guard let results = rd_kafka_CreateTopics_result_topics(result, &count), count > 0 else { return }
        try KafkaError.check(rd_kafka_topic_result_error(results[0]))
    }

    /// Requests all topics, because with some brokers' settings a request for one creates it with one partition.
    func partitionCount(of topic: String, within milliseconds: Int32) throws(KafkaError) -> Int {
        var found: UnsafePointer<rd_kafka_metadata>?
        try KafkaError.check(rd_kafka_metadata(client.pointer, 1, nil, &found, milliseconds))
        defer { rd_kafka_metadata_destroy(found) }
        let topics = UnsafeBufferPointer(start: found?.pointee.topics, count: Int(found?.pointee.topic_cnt ?? 0))
        guard let description = topics.first(where: { $0.topic.map { String(cString: $0) } == topic }) else {
            throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        }
        try KafkaError.check(description.err)
        return Int(description.partition_cnt)
    }

    /// The offset after the last record that every in-sync replica has, by partition.
    func ends(
        of topic: String,
        _ partitions: [Int],
        within milliseconds: Int32
    ) throws(KafkaError) -> [Int: Int64] {
        let end = Int64(RD_KAFKA_OFFSET_END)
        let asked = Dictionary(partitions.map { ($0, end) }, uniquingKeysWith: { first, _ in first })
        let answer = RDKafkaPartitions.with(topic, asked) { list -> Result<[Int: Int64], KafkaError> in
            let error = rd_kafka_offsets_for_times(client.pointer, list, milliseconds)
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return .failure(KafkaError(error)) }
            var offsets: [Int: Int64] = [:]
            for element in UnsafeBufferPointer(start: list.pointee.elems, count: Int(list.pointee.cnt)) {
                guard element.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return .failure(KafkaError(element.err)) }
                offsets[Int(element.partition)] = element.offset
            }
            return .success(offsets)
        }
        return try answer.get()
    }

    func clusterID(within milliseconds: Int32) throws(KafkaError) -> String {
        guard let text = rd_kafka_clusterid(client.pointer, milliseconds) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT)
        }
        defer { rd_kafka_mem_free(client.pointer, text) }
        return String(cString: text)
    }
}
