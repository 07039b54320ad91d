internal import Failpoints
package import Kafka
internal import Models
package import Observability
internal import Synchronization

/// A member of the group that consumes the topic in Kafka.
///
/// The group assigns the partitions; the caller's stored offsets say where to continue. If two members briefly own the
/// same partition, offsets advance by compare-and-set, and the slower one's batch is refused. A partition whose log
/// does not have the stored offset halts, is counted, and is retried. If the log ended before that offset, it is
/// retried only after the stored offset has changed: a recreated topic may grow beyond the offset, and its first
/// messages would be skipped.
package final class KafkaLogConsumer: LocationQueueConsumer {
    private struct State {
        var hasJoined = false
        /// The partitions that the group has assigned.
        var partitions: [Int] = []
        var positions = KafkaPositions()
        /// Whether the partitions must first be assigned from the stored offsets.
        var mustAssign = false
        var halted: Set<Int> = []
        /// The stored offsets beyond the end of the log.
        var beyondEnd: [Int: Int64] = [:]
        var lastTrial = ContinuousClock.now
    }

    /// The pause before a halted partition is retried.
    private static let retrial = Duration.seconds(20)

    private let log: KafkaLog
    private let consumer: KafkaConsumer
    private let maximumBytes: Int
    private let storedOffsets: @Sendable ([Int]) async throws -> [Int: Int64]
    private let halted: Gauge
    private let state = Mutex(State())

    /// A member of the group.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - group: the group's name.
    ///   - maximumBytes: about how many bytes of messages ``poll()`` returns at most.
    ///   - metrics: gets `location_queue_halted_partitions`.
    ///   - storedOffsets: looks up the offsets to continue from.
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    package init(
        log: KafkaLog,
        group: String,
        maximumBytes: Int = 1 << 20,
        metrics: MetricsRegistry,
        storedOffsets: @escaping @Sendable ([Int]) async throws -> [Int: Int64]
    ) throws(KafkaError) {
        self.log = log
        self.maximumBytes = maximumBytes
        self.storedOffsets = storedOffsets
        consumer = try KafkaConsumer(
            log.configuration.kafka,
            topic: log.configuration.topic,
            headers: LocationRecord.read,
            group: group,
            logger: log.logger
        )
        halted = metrics.gauge(
            "location_queue_halted_partitions",
            "Partitions that halt because the queue does not have the stored offset: an operator must intervene."
        )
    }

    package func poll() async throws -> [QueueBatch] {
        try await joinIfNeeded()
        try await assignIfNeeded()
        let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: maximumBytes)
        try Task.checkCancellation()
        for failure in poll.failures { await note(failure) }
        return state.withLock { state in
            switch poll.rebalance {
            case .assigned(let partitions):
                // Records of the same poll may be of lost partitions; they are read again.
                state.partitions = partitions
                state.mustAssign = true
                return []
            case .revoked:
                state.partitions = []
                state.positions.reset(to: [:])
                return []
            case nil:
                let (batches, mustReadAgain) = state.positions.take(poll.partitions)
                if mustReadAgain { state.mustAssign = true }
                return batches
            }
        }
    }

    package func seekToStoredOffsets() {
        state.withLock { $0.mustAssign = true }
    }

    /// Reports stored offsets to the brokers, for lag monitoring only; never read back.
    package func noteStored(_ batches: [QueueBatch]) {
        consumer.noteProgress(
            Dictionary(
                batches.map { ($0.partition, $0.end) },
                uniquingKeysWith: { first, second in max(first, second) }
            )
        )
    }

    package func leave() async {
        await consumer.close()
    }

    private func joinIfNeeded() async throws {
        guard !state.withLock({ $0.hasJoined }) else { return }
        try await log.prepare()
        try await consumer.subscribe()
        state.withLock { $0.hasJoined = true }
    }

    private func assignIfNeeded() async throws {
        let partitions = state.withLock { state -> [Int]? in
            if !state.halted.isEmpty, ContinuousClock.now - state.lastTrial >= Self.retrial { state.mustAssign = true }
            return state.mustAssign ? state.partitions : nil
        }
        guard let partitions else { return }
        let stored = partitions.isEmpty ? [:] : try await storedOffsets(partitions)
        let beyondEnd = state.withLock { $0.beyondEnd }.filter { stored[$0.key] == $0.value }
        let offsets = stored.filter { beyondEnd[$0.key] == nil }
        if !partitions.isEmpty { Failpoint.consumerWhileAssigned.reach() }
        try await consumer.assign(offsets)
        state.withLock { state in
            state.positions.reset(to: offsets)
            state.mustAssign = false
            state.halted = Set(beyondEnd.keys)
            state.lastTrial = .now
        }
        halted.set(Double(beyondEnd.count))
        log.logger.info("Assigned partitions of the topic", [.count: .integer(offsets.count)])
    }

    private func note(_ failure: KafkaPoll.Failure) async {
        guard let partition = failure.partition, failure.error.code == .offsetOutOfRange else {
            log.logger.warning("Cannot read the queue from Kafka", error: failure.error)
            return
        }
        let (offset, count) = state.withLock { state in
            let offset = state.positions.next[partition]
            state.positions.halt(partition)
            state.halted.insert(partition)
            return (offset ?? 0, state.halted.count)
        }
        halted.set(Double(count))
        let metadata: LogMetadata = [.partition: .integer(partition), .offset: .integer(Int(offset))]
        if let end = try? await log.ends()[partition], end < offset {
            state.withLock { $0.beyondEnd[partition] = offset }
            log.logger.error(
                """
                The topic ends before the stored offset, so it was recreated or has lost its end: restore it and \
                restart this process, or set the partition's next_offset in location_offset by hand
                """,
                metadata.merging([.expected: .integer(Int(end))])
            )
        } else {
            log.logger.error(
                """
                The topic begins after the stored offset, so its retention has removed unstored messages: restore it, \
                or set the partition's next_offset in location_offset by hand
                """,
                metadata
            )
        }
    }
}
