internal import Kafka
internal import Models
internal import Observability
internal import Synchronization

/// Follows all partitions of the topic in Kafka from given offsets on, in no group.
package final class KafkaLogTail: LocationQueueTail {
    private struct State {
        var positions = KafkaPositions()
        /// Where to go on, if the partitions have to be assigned before anything else.
        var start: [Int: Int64]?
        var consumer: KafkaConsumer?
    }

    private let log: KafkaLog
    private let maximumBytes: Int
    private let state: Mutex<State>

    /// Makes a tail.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - offsets: the offset to start from, by partition; 0 where there is none.
    ///   - maximumBytes: about how many bytes of messages ``next()`` returns at most.
    package init(log: KafkaLog, from offsets: [Int: Int64], maximumBytes: Int = 1 << 20) {
        self.log = log
        self.maximumBytes = maximumBytes
        state = Mutex(State(start: offsets))
    }

    /// Nothing: ``next()`` is woken by what it waits for.
    package func run() async throws {}

    package func next() async throws -> [QueueBatch] {
        let consumer = try await assignedConsumer()
        let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: maximumBytes)
        try Task.checkCancellation()
        for failure in poll.failures {
            guard failure.error.code != .offsetOutOfRange else {
                throw LocationQueueError(.offsetOutOfRange, cause: failure.error)
            }
            log.logger.warning("Kafka does not let the queue be read for the moment", error: failure.error)
        }
        return state.withLock { state in
            let (batches, mustReadAgain) = state.positions.take(poll.partitions)
            if mustReadAgain { state.start = state.positions.next }
            return batches
        }
    }

    /// The consumer, which reads from where it has to go on.
    private func assignedConsumer() async throws -> KafkaConsumer {
        let (present, start) = state.withLock { ($0.consumer, $0.start) }
        if let present, start == nil { return present }
        try await log.prepare()
        let consumer = try present ?? makeConsumer()
        let offsets = Dictionary(
            try log.partitions().map { ($0, start?[$0] ?? 0) },
            uniquingKeysWith: { first, _ in first }
        )
        try await consumer.assign(offsets)
        state.withLock { state in
            state.consumer = consumer
            state.positions.reset(to: offsets)
            state.start = nil
        }
        return consumer
    }

    private func makeConsumer() throws(KafkaError) -> KafkaConsumer {
        try KafkaConsumer(
            log.configuration.kafka,
            topic: log.configuration.topic,
            headers: LocationRecord.read,
            // librdkafka wants a name for a group, and never joins it.
            group: "\(log.configuration.topic)-tail",
            logger: log.logger
        )
    }
}
