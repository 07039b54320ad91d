import CLibRDKafka
import Observability
import Synchronization

/// A librdkafka consumer of one topic.
final class RDKafkaConsumer: Sendable {
    private let client: RDKafkaClient
    private let callbacks: RDKafkaCallbacks
    private let topic: String
    private let headers: RDKafkaHeaders
    private let fetchWakeup = RDKafkaFetchWakeup()
    private let assigned = Mutex<[Int]>([])

    /// - Parameters:
    ///   - topic: the topic to read.
    ///   - headers: the names of the headers to read.
    ///   - settings: settings of librdkafka.
    ///   - logger: logs what librdkafka reports.
    /// - Throws: ``KafkaError`` with `configuration`.
    init(topic: String, headers: [String], settings: [String: String], logger: Logger) throws(KafkaError) {
        self.topic = topic
        self.headers = RDKafkaHeaders(headers)
        callbacks = RDKafkaCallbacks(logger: logger)
        client = try RDKafkaClient(
            RD_KAFKA_CONSUMER,
            settings: settings.merging(RDKafkaFetchWakeup.settings) { $1 },
            callbacks: callbacks
        )
        // All events come through one queue, which polls serve.
        rd_kafka_poll_set_consumer(client.pointer)
    }

    /// Joins the group.
    func subscribe() throws(KafkaError) {
        try KafkaError.check(
            RDKafkaPartitions.with(topic, [Int(CLibRDKafka_anyPartition): 0]) { rd_kafka_subscribe(client.pointer, $0) }
        )
    }

    /// Waits for a record or a change, and takes all that has arrived by then.
    ///
    /// Takes one at a time, which costs little: the batch call of older librdkafkas returns records from before an
    /// assignment.
    func poll(upTo milliseconds: Int32, maximumBytes: Int) -> KafkaPoll {
        var poll = KafkaPoll()
        var slots: [Int: Int] = [:]
        var bytes = 0
        var timeout = milliseconds
        while bytes < maximumBytes, let message = rd_kafka_consumer_poll(client.pointer, timeout) {
            defer { rd_kafka_message_destroy(message) }
            timeout = 0
            let partition = Int(message.pointee.partition)
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                let failed = message.pointee.partition == CLibRDKafka_anyPartition ? nil : partition
                poll.failures.append(KafkaPoll.Failure(partition: failed, error: KafkaError(message.pointee.err)))
                continue
            }
            let slot = slots[partition] ?? poll.partitions.count
            if slot == poll.partitions.count {
                slots[partition] = slot
                poll.partitions.append(KafkaPartitionRecords(partition: partition))
            }
            let value = UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len)
            poll.partitions[slot].append(
                offset: message.pointee.offset,
                timestamp: rd_kafka_message_timestamp(message, nil),
                value: value,
                headers: headers.read(message, like: poll.partitions[slot].headers.last)
            )
            // Records without a value count too, so that the loop ends.
            bytes += max(value.count, 1)
        }
        fetchWakeup.lookAtQueue(of: client, topic: topic, partitions: assigned.withLock { $0 })
        switch callbacks.takeRebalance() {
        case .assigned(let partitions): poll.rebalance = .assigned(partitions)
        case .revoked: poll.rebalance = .revoked
        case nil: break
        }
        return poll
    }

    /// Assigns partitions with their offsets, and drops what was fetched of others or from other offsets.
    func assign(_ offsets: [Int: Int64]) throws(KafkaError) {
        try KafkaError.check(RDKafkaPartitions.with(topic, offsets) { rd_kafka_assign(client.pointer, $0) })
        assigned.withLock { $0 = Array(offsets.keys) }
    }

    /// Reports the offsets to the group, without waiting.
    func commit(_ offsets: [Int: Int64]) {
        _ = RDKafkaPartitions.with(topic, offsets) { rd_kafka_commit(client.pointer, $0, 1) }
    }

    /// Leaves the group; waits for the brokers.
    func close() {
        callbacks.beginClosing()
        // The group still waits for the answer to an unreported assignment.
        rd_kafka_assign(client.pointer, nil)
        rd_kafka_consumer_close(client.pointer)
    }
}
