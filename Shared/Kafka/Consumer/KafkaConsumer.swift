internal import Concurrency
package import Observability

/// Reads the partitions of one topic, as a member of a group or alone.
///
/// The caller knows the offsets to start from, never the brokers. Partitions are read after they were assigned with
/// their offsets. A partition whose log does not have its offset fails and halts.
package final class KafkaConsumer: Sendable {
    private let consumer: RDKafkaConsumer
    private let calls = BlockingCalls("kafka.consumer")

    /// A consumer that reads nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: the cluster.
    ///   - topic: the topic to read.
    ///   - headers: the names of the headers to read.
    ///   - group: the group that it joins when it subscribes.
    ///   - maximumQueuedBytes: about how many bytes it fetches ahead.
    ///   - logger: logs what librdkafka reports.
    /// - Throws: ``KafkaError`` with `configuration`.
    package init(
        _ configuration: KafkaConfiguration,
        topic: String,
        headers: [String] = [],
        group: String,
        maximumQueuedBytes: Int = 4 << 20,
        logger: Logger
    ) throws(KafkaError) {
        let settings = configuration.settings([
            "group.id": group,
            "enable.auto.commit": "false",
            "enable.auto.offset.store": "false",
            "auto.offset.reset": "error",
            // The cooperative assignor is broken before librdkafka 2.6.1.
            "partition.assignment.strategy": "range",
            // Others take over from a dead member within this time and a heartbeat, by which they learn of it. A member
            // that was cut off also waits this long for its former session. It is the least that brokers allow.
            "session.timeout.ms": "6000",
            "heartbeat.interval.ms": "1000",
            // A member also waits for this time and 3 s for an answer to its request to join; the default is five
            // minutes.
            "max.poll.interval.ms": "20000",
            "queued.max.messages.kbytes": String(maximumQueuedBytes >> 10),
            "fetch.max.bytes": String(maximumQueuedBytes),
            // A record of a few dozen bytes takes a hundred more in librdkafka's queue, which its bound does not count,
            // and a response decompresses to several times its size.
            "queued.min.messages": "40000",
            "fetch.message.max.bytes": String(maximumQueuedBytes / 32),
            "fetch.wait.max.ms": "100",
            // The pause after a failed fetch; the default is half a second.
            "fetch.error.backoff.ms": "100",
        ])
        consumer = try RDKafkaConsumer(topic: topic, headers: headers, settings: settings, logger: logger)
    }

    /// Joins the group; polls report the assigned partitions.
    package func subscribe() async throws(KafkaError) {
        try await calls.run { [consumer] () throws(KafkaError) in try consumer.subscribe() }
    }

    /// Waits for records and changes of the assignment; the group removes a member that does not poll for 20 seconds.
    ///
    /// - Parameters:
    ///   - timeout: the longest wait.
    ///   - maximumBytes: about how many bytes of values to return at most.
    /// - Returns: the received records, possibly none.
    package func poll(upTo timeout: Duration, maximumBytes: Int) async -> KafkaPoll {
        await calls.run { [consumer] in
            consumer.poll(upTo: Int32(clamping: timeout.milliseconds), maximumBytes: maximumBytes)
        }
    }

    /// Reads exactly these partitions from these offsets, and drops what was fetched before.
    ///
    /// It answers ``KafkaPoll/Rebalance/assigned(_:)``, and also seeks.
    package func assign(_ offsets: [Int: Int64]) async throws(KafkaError) {
        try await calls.run { [consumer] () throws(KafkaError) in try consumer.assign(offsets) }
    }

    /// Reports offsets to the brokers, for tools that measure the lag; never read back.
    ///
    /// It does not wait; the next report makes up for a failure.
    package func noteProgress(_ offsets: [Int: Int64]) {
        consumer.commit(offsets)
    }

    /// Leaves the group.
    package func close() async {
        await calls.run { [consumer] in consumer.close() }
    }
}
