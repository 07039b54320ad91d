import CLibRDKafka
import Observability

/// The delivery report of one record.
struct DeliveryReport: Sendable {
    /// The ticket of the call.
    let ticket: UInt32
    /// The index among the call's records.
    let index: Int
    /// The position, or the error.
    let result: Result<KafkaPlace, KafkaError>
}

/// A librdkafka producer.
final class RDKafkaProducer: Sendable {
    private let client: RDKafkaClient

    init(settings: [String: String], logger: Logger) throws(KafkaError) {
        client = try RDKafkaClient(
            RD_KAFKA_PRODUCER,
            settings: settings,
            events: RD_KAFKA_EVENT_DR,
            callbacks: RDKafkaCallbacks(logger: logger)
        )
    }

    /// The fatal error, after which this producer accepts nothing, if there was one.
    var fatalCause: KafkaError? { client.fatalCause }

    /// The number of unsettled records and unserved events.
    var unsettledCount: Int { Int(rd_kafka_outq_len(client.pointer)) }

    /// Passes records to librdkafka, which copies them.
    ///
    /// - Parameters:
    ///   - records: the records.
    ///   - topic: the topic.
    ///   - headers: headers that each record gets before its own.
    ///   - ticket: the ticket in the delivery reports; not 0.
    /// - Returns: the number of accepted records, each of which gets a report, and the reason for rejecting the next one.
    func produce(
        _ records: [KafkaRecord],
        to topic: String,
        headers: [KafkaHeader],
        ticket: UInt32
    ) -> (accepted: Int, error: KafkaError?) {
        guard let topic = rd_kafka_topic_new(client.pointer, topic, nil) else {
            return (0, KafkaError(rd_kafka_last_error()))
        }
        defer { rd_kafka_topic_destroy(topic) }
        let common = rd_kafka_headers_new(headers.count)
        defer { rd_kafka_headers_destroy(common) }
        for header in headers { Self.add(header, to: common) }
        for (index, record) in records.enumerated() {
            do throws(KafkaError) {
                try produce(record, to: topic, headers: common, opaque: UInt(ticket) << 32 | UInt(index))
            } catch {
                return (index, error)
            }
        }
        return (records.count, nil)
    }

    /// Waits for reports, at most for a time-out.
    func serve(upTo milliseconds: Int32) -> [DeliveryReport] {
        let queue = rd_kafka_queue_get_main(client.pointer)
        defer { rd_kafka_queue_destroy(queue) }
        guard let event = rd_kafka_queue_poll(queue, milliseconds) else { return [] }
        defer { rd_kafka_event_destroy(event) }
        var reports: [DeliveryReport] = []
        reports.reserveCapacity(rd_kafka_event_message_count(event))
        while let message = rd_kafka_event_message_next(event)?.pointee {
            let opaque = UInt(bitPattern: message._private)
            let place = KafkaPlace(partition: Int(message.partition), offset: message.offset)
            let isDelivered = message.err == RD_KAFKA_RESP_ERR_NO_ERROR
            reports.append(
                DeliveryReport(
                    ticket: UInt32(opaque >> 32),
                    index: Int(opaque & 0xFFFF_FFFF),
                    result: isDelivered ? .success(place) : .failure(KafkaError(message.err))
                )
            )
        }
        return reports
    }

    /// Gives up all undelivered records, which get reports.
    func purge() {
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
    }

    /// Simulates a fatal error, for tests.
    func injectFatalError() {
        rd_kafka_test_fatal_error(client.pointer, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test")
    }

    private func produce(
        _ record: KafkaRecord,
        to topic: OpaquePointer,
        headers common: OpaquePointer?,
        opaque: UInt
    ) throws(KafkaError) {
        let headers = rd_kafka_headers_copy(common)
        for header in record.headers { Self.add(header, to: headers) }
        let error = record.value.withUnsafeBytes { value in
            (record.key ?? []).withUnsafeBytes { key in
                withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 7) { arguments in
                    arguments.initialize(repeating: rd_kafka_vu_t())
                    arguments[0].vtype = RD_KAFKA_VTYPE_RKT
                    arguments[0].u.rkt = topic
                    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION
                    arguments[1].u.i32 = CLibRDKafka_anyPartition
                    arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
                    arguments[2].u.i = RD_KAFKA_MSG_F_COPY
                    arguments[3].vtype = RD_KAFKA_VTYPE_VALUE
                    arguments[3].u.mem.ptr = UnsafeMutableRawPointer(mutating: value.baseAddress)
                    arguments[3].u.mem.size = value.count
                    arguments[4].vtype = RD_KAFKA_VTYPE_HEADERS
                    arguments[4].u.headers = headers
                    arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE
                    arguments[5].u.ptr = UnsafeMutableRawPointer(bitPattern: opaque)
                    arguments[6].vtype = RD_KAFKA_VTYPE_KEY
                    arguments[6].u.mem.ptr = UnsafeMutableRawPointer(mutating: key.baseAddress)
                    arguments[6].u.mem.size = key.count
                    // The key comes last, so a record without one can omit it.
                    return rd_kafka_produceva(client.pointer, arguments.baseAddress, record.key == nil ? 6 : 7)
                }
            }
        }
        guard let error else { return }
        // librdkafka takes ownership of the headers only if it accepts the record.
        rd_kafka_headers_destroy(headers)
        try KafkaError.check(error)
    }

    private static func add(_ header: KafkaHeader, to headers: OpaquePointer?) {
        header.value.withUnsafeBytes { value in
            _ = rd_kafka_header_add(headers, header.name, -1, value.baseAddress, value.count)
        }
    }
}
