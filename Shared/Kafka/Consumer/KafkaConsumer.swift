package import Observability

/// Reads the partitions of one topic, as a member of a group or all by itself.
///
/// Where to start is the caller's knowledge, never the brokers': partitions are read once they have been assigned with
/// their offsets, and one whose log does not hold its offset fails and stands still.
package final class KafkaConsumer: Sendable {
    private let consumer: RDKafkaConsumer
    private let calls = BlockingCalls("kafka.consumer")

    /// Makes a consumer, which reads nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: which cluster.
    ///   - topic: what is read.
    ///   - headers: the names of headers that are read with it.
    ///   - group: whose member it is once it has subscribed.
    ///   - maximumQueuedBytes: about how much is fetched ahead.
    ///   - logger: told what librdkafka reports.
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
            // Others take over from a member that is dead within this and a heartbeat, in which they learn that they can. As
            // long its own former self keeps out a member that was cut off. It is the least that brokers let a member ask for.
            "session.timeout.ms": "6000",
            "heartbeat.interval.ms": "1000",
            // So long, and 3 s, a member also waits for an answer to its wish to join; the default is five minutes.
            "max.poll.interval.ms": "20000",
            "queued.max.messages.kbytes": String(maximumQueuedBytes >> 10),
            "fetch.max.bytes": String(maximumQueuedBytes),
            // A record of a few dozen bytes takes some hundred more in librdkafka's queue, which that bound knows nothing
            // of, and one answer unfolds to several times its size.
            "queued.min.messages": "40000",
            "fetch.message.max.bytes": String(maximumQueuedBytes / 32),
            "fetch.wait.max.ms": "100",
            // After an error of a fetch; half a second of standing still would be the default.
            "fetch.error.backoff.ms": "100",
        ])
        consumer = try RDKafkaConsumer(topic: topic, headers: headers, settings: settings, logger: logger)
    }

    /// Joins the group; which partitions it gets, polls tell.
    package func subscribe() async throws(KafkaError) {
        try await calls.run { [consumer] () throws(KafkaError) in try consumer.subscribe() }
    }

    /// Waits for records, and for changes of what this member gets; who does not poll for 20 seconds is put out.
    ///
    /// - Parameters:
    ///   - timeout: how long at most.
    ///   - maximumBytes: about how many bytes of values are returned at most.
    /// - Returns: what there is, which may be nothing.
    package func poll(upTo timeout: Duration, maximumBytes: Int) async -> KafkaPoll {
        await calls.run { [consumer] in
            consumer.poll(upTo: timeout.milliseconds, maximumBytes: maximumBytes)
        }
    }

    /// Reads these partitions from these offsets on and no others; what was fetched before is dropped.
    ///
    /// It answers ``KafkaPoll/Rebalance/assigned(_:)``, and it seeks.
    package func assign(_ offsets: [Int: Int64]) async throws(KafkaError) {
        try await calls.run { [consumer] () throws(KafkaError) in try consumer.assign(offsets) }
    }

    /// Notes at the brokers how far this member is, for tools that measure the lag; nothing here ever reads it.
    ///
    /// It does not wait, and what goes wrong is made good by the next time.
    package func noteProgress(_ offsets: [Int: Int64]) {
        consumer.commit(offsets)
    }

    /// Leaves the group.
    package func close() async {
        await calls.run { [consumer] in consumer.close() }
    }
}
