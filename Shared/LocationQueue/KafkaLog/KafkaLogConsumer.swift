internal import Failpoints
package import Kafka
internal import Models
package import Observability
internal import Synchronization

/// A member of the group that takes messages out of the topic in Kafka.
///
/// The group deals the partitions; where to go on in them, the caller's stored offsets say. That two members believe for
/// a moment that a partition is theirs does no harm: offsets advance by compare-and-set, and the slower one's batch is
/// refused. A partition whose log does not hold the stored offset stands still, is counted, and is tried again; but one
/// whose log ended before it only once the stored offset is another one, since a topic that was made anew may grow beyond
/// that offset, and what came before in it would be skipped.
package final class KafkaLogConsumer: LocationQueueConsumer {
    private struct State {
        var hasJoined = false
        /// What the group has given.
        var partitions: [Int] = []
        var positions = KafkaPositions()
        /// Whether the partitions have to be assigned from the stored offsets before anything else.
        var mustAssign = false
        var halted: Set<Int> = []
        /// The stored offsets that the log ended before.
        var beyondEnd: [Int: Int64] = [:]
        var lastTrial = ContinuousClock.now
    }

    /// How long a partition that stands still is left alone.
    private static let retrial = Duration.seconds(20)

    private let log: KafkaLog
    private let consumer: KafkaConsumer
    private let maximumBytes: Int
    private let storedOffsets: @Sendable ([Int]) async throws -> [Int: Int64]
    private let halted: Gauge
    private let state = Mutex(State())

    /// Makes a member of the group.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - group: the group's name.
    ///   - maximumBytes: about how many bytes of messages ``poll()`` returns at most.
    ///   - metrics: gets `location_queue_halted_partitions`.
    ///   - storedOffsets: the offsets from which partitions go on.
    /// - Throws: `KafkaError` if the configuration is none that librdkafka takes.
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
            "Partitions that stand still because the queue does not hold the offset that was stored: an operator has to help."
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
                // What was found with it may be of partitions that are others' by now; it is read again.
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
        log.logger.info("Partitions have been assigned", [.count: .integer(offsets.count)])
    }

    private func note(_ failure: KafkaPoll.Failure) async {
        guard let partition = failure.partition, failure.error.code == .offsetOutOfRange else {
            log.logger.warning("Kafka does not let the queue be read for the moment", error: failure.error)
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
                The topic ends before the offset that was stored, so it was made anew or has lost its end: restore it \
                and start this process again, or set the partition's next_offset in location_offset by hand
                """,
                metadata.merging([.expected: .integer(Int(end))])
            )
        } else {
            log.logger.error(
                """
                The topic begins behind the offset that was stored, so its retention has removed what was never stored: \
                restore it, or set the partition's next_offset in location_offset by hand
                """,
                metadata
            )
        }
    }
}
