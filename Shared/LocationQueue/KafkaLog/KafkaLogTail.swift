internal import Kafka
internal import Models
internal import Observability
internal import Synchronization

/// Follows all partitions of the topic in Kafka from given offsets, outside any group.
package final class KafkaLogTail: LocationQueueTail {
    private struct State {
        var positions = KafkaPositions()
        /// The offsets to continue from, if the partitions must first be assigned.
        var start: [Int: Int64]?
        var consumer: KafkaConsumer?
    }

    private let log: KafkaLog
    private let maximumBytes: Int
    private let state: Mutex<State>

    /// A tail from given offsets.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - offsets: the offset to start from, by partition; 0 for a missing one.
    ///   - maximumBytes: about how many bytes of messages ``next()`` returns at most.
    package init(log: KafkaLog, from offsets: [Int: Int64], maximumBytes: Int = 1 << 20) {
        self.log = log
        self.maximumBytes = maximumBytes
        state = Mutex(State(start: offsets))
    }

    package func next() async throws -> [QueueBatch] {
        let consumer = try await assignedConsumer()
        let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: maximumBytes)
        try Task.checkCancellation()
        for failure in poll.failures {
            guard failure.error.code != .offsetOutOfRange else {
                throw LocationQueueError(.offsetOutOfRange, cause: failure.error)
            }
            log.logger.warning("Cannot follow the queue in Kafka", error: failure.error)
        }
        return state.withLock { state in
            let (batches, mustReadAgain) = state.positions.take(poll.partitions)
            if mustReadAgain { state.start = state.positions.next }
            return batches
        }
    }

    /// The consumer, assigned to the offsets to continue from.
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
            // librdkafka requires a group name, but never joins the group.
            group: "\(log.configuration.topic)-tail",
            logger: log.logger
        )
    }
}
