import CLibRDKafka
import Dispatch
import Synchronization

/// Makes librdkafka continue fetching as soon as its full queue is read.
///
/// Versions before 2.2 look at a full queue again only after up to a second. Until then only a request wakes a broker's
/// thread, so this requests the ends of the partitions whenever the queue has become half as long.
final class RDKafkaFetchWakeup: Sendable {
    /// The milliseconds after which librdkafka looks again, where it needs no waking.
    static let settings = isNeeded ? [:] : ["fetch.queue.backoff.ms": "10"]

    private static let isNeeded = rd_kafka_version() < 0x0202_0000
    /// How much is read in less time than a request takes.
    private static let shortest = 1_000
    private static let timeout: Int32 = 1_000

    private struct State {
        var longest = 0
        var isAsking = false
    }

    private let queue = DispatchQueue(label: "kafka.fetch")
    private let state = Mutex(State())

    /// Looks at a client's queue after a read; returns at once.
    ///
    /// - Parameters:
    ///   - client: a consumer.
    ///   - topic: the topic that it reads.
    ///   - partitions: the partitions that it reads.
    func lookAtQueue(of client: RDKafkaClient, topic: String, partitions: [Int]) {
        guard Self.isNeeded, !partitions.isEmpty, isDue(length: Self.queueLength(client)) else { return }
        queue.async { [self] in
            let latest = Dictionary(uniqueKeysWithValues: partitions.map { ($0, Int64(-1)) })
            // The answer is not needed, and the next fetch reports the same error.
            _ = RDKafkaPartitions.with(topic, latest) {
                rd_kafka_offsets_for_times(client.pointer, $0, Self.timeout)
            }
            state.withLock { $0.isAsking = false }
        }
    }

    private func isDue(length: Int) -> Bool {
        state.withLock { state in
            guard state.longest >= Self.shortest, length <= state.longest / 2, !state.isAsking else {
                state.longest = max(state.longest, length)
                return false
            }
            state.longest = length
            state.isAsking = true
            return true
        }
    }

    private static func queueLength(_ client: RDKafkaClient) -> Int {
        let queue = rd_kafka_queue_get_consumer(client.pointer)
        defer { rd_kafka_queue_destroy(queue) }
        return rd_kafka_queue_length(queue)
    }
}
