import CLibRDKafka
import Synchronization

/// Plain librdkafka with the same performance settings, used as from C: the peer of the queue benchmark.
///
/// It only checks that all records arrive.
final class RawKafka {
    private let brokers: String
    private let topic: String

    init(brokers: String, topic: String) {
        self.brokers = brokers
        self.topic = topic
    }

    /// Sends records and waits for their delivery.
    ///
    /// - Parameters:
    ///   - values: the records' values.
    ///   - keys: the records' keys, in turn.
    ///   - headers: the headers of each record; if there are any, each also gets a unique `id`.
    /// - Returns: records a second.
    /// - Throws: ``BenchmarkFailure``.
    func produce(_ values: [[UInt8]], keys: [[UInt8]], headers: [(name: String, value: String)]) throws -> Double {
        let delivered = Delivered()
        let client = try make(
            RD_KAFKA_PRODUCER,
            [
                "enable.idempotence": "true", "acks": "all", "linger.ms": "5", "compression.type": "lz4",
                "partitioner": "murmur2_random", "queue.buffering.max.messages": "400000",
            ],
            delivered
        )
        defer { rd_kafka_destroy(client) }
        let topic = rd_kafka_topic_new(client, topic, nil)
        defer { rd_kafka_topic_destroy(topic) }
        let began = ContinuousClock.now
        for (index, value) in values.enumerated() {
            while !send(value, key: keys[index % keys.count], headers, id: index, to: topic, client) {
                guard rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL else {
                    throw BenchmarkFailure(description: "librdkafka rejected a record.")
                }
                rd_kafka_poll(client, 10)
            }
            if index.isMultiple(of: 1_000) { rd_kafka_poll(client, 0) }
        }
        while delivered.count.load(ordering: .relaxed) < values.count { rd_kafka_poll(client, 10) }
        return Double(values.count) / (ContinuousClock.now - began).seconds
    }

    private func send(
        _ value: [UInt8],
        key: [UInt8],
        _ headers: [(name: String, value: String)],
        id: Int,
        to topic: OpaquePointer?,
        _ client: OpaquePointer
    ) -> Bool {
        var value = value
        guard !headers.isEmpty else {
            let count = value.count
            return rd_kafka_produce(
                topic,
                CLibRDKafka_anyPartition,
                RD_KAFKA_MSG_F_COPY,
                &value,
                count,
                key,
                key.count,
                nil
            ) == 0
        }
        let list = rd_kafka_headers_new(headers.count + 1)
        for header in headers { rd_kafka_header_add(list, header.name, -1, header.value, header.value.utf8.count) }
        let text = "\(1 + id % 1_250)-\(1_780_272_000_000_000 + id * 24_000)"
        rd_kafka_header_add(list, "ce_id", -1, text, text.utf8.count)
        let error = value.withUnsafeMutableBytes { value in
            key.withUnsafeBytes { key in
                var arguments = [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 5)
                arguments[0].vtype = RD_KAFKA_VTYPE_RKT
                arguments[0].u.rkt = topic
                arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                arguments[1].u.i = RD_KAFKA_MSG_F_COPY
                arguments[2].vtype = RD_KAFKA_VTYPE_VALUE
                arguments[2].u.mem.ptr = value.baseAddress
                arguments[2].u.mem.size = value.count
                arguments[3].vtype = RD_KAFKA_VTYPE_KEY
                arguments[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
                arguments[3].u.mem.size = key.count
                arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS
                arguments[4].u.headers = list
                return rd_kafka_produceva(client, arguments, arguments.count)
            }
        }
        guard let error else { return true }
        rd_kafka_error_destroy(error)
        rd_kafka_headers_destroy(list)
        return false
    }

    /// Reads a number of records of all partitions from the beginning.
    ///
    /// Returns records a second.
    func consume(_ count: Int, partitions: Int) throws -> Double {
        let client = try make(
            RD_KAFKA_CONSUMER,
            // Without our queue limits: with a full queue, librdkafka before 2.2 pauses for up to a second.
            ["group.id": "raw", "enable.auto.commit": "false", "fetch.wait.max.ms": "100"],
            Delivered()
        )
        defer { rd_kafka_destroy(client) }
        rd_kafka_poll_set_consumer(client)
        let list = rd_kafka_topic_partition_list_new(Int32(partitions))
        defer { rd_kafka_topic_partition_list_destroy(list) }
        for partition in 0..<partitions {
            rd_kafka_topic_partition_list_add(list, topic, Int32(partition))?.pointee.offset = 0
        }
        rd_kafka_assign(client, list)
        var found = 0
        var began = ContinuousClock.now
        while found < count {
            guard let message = rd_kafka_consumer_poll(client, 1_000) else { continue }
            // Start at the first record, to exclude connecting.
            if found == 0 { began = .now }
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR { found += 1 }
            rd_kafka_message_destroy(message)
        }
        return Double(count) / (ContinuousClock.now - began).seconds
    }

    private func make(
        _ type: rd_kafka_type_t,
        _ settings: [String: String],
        _ delivered: Delivered
    ) throws -> OpaquePointer {
        let configuration = rd_kafka_conf_new()
        for (name, value) in settings { rd_kafka_conf_set(configuration, name, value, nil, 0) }
        rd_kafka_conf_set(configuration, "bootstrap.servers", brokers, nil, 0)
        // The caller keeps the object alive for longer than the client.
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(delivered).toOpaque())
        if type == RD_KAFKA_PRODUCER { rd_kafka_conf_set_dr_msg_cb(configuration, onDelivery) }
        guard let client = rd_kafka_new(type, configuration, nil, 0) else {
            throw BenchmarkFailure(description: "librdkafka cannot create a client.")
        }
        return client
    }
}

/// Counts deliveries.
private final class Delivered: Sendable {
    let count = Atomic(0)
}

private func onDelivery(
    _ client: OpaquePointer?,
    _ message: UnsafePointer<rd_kafka_message_t>?,
    _ opaque: UnsafeMutableRawPointer?
) {
    guard let opaque, message?.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    Unmanaged<Delivered>.fromOpaque(opaque).takeUnretainedValue().count.add(1, ordering: .relaxed)
}

extension Duration {
    /// In seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
