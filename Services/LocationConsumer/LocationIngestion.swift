import Concurrency
import Failpoints
import LocationProtocol
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import Synchronization

/// Stores batches together with the queue's offsets.
protocol LocationBatchSink: Sendable {
    func store(_ messages: [ReceivedMessage], advancing advances: [OffsetAdvance]) async throws -> SinkOutcome
}

extension LocationSink: LocationBatchSink {}

/// Consumes batches from the queue and stores them, until the process stops.
final class LocationIngestion<Queue: LocationQueueConsumer, Sink: LocationBatchSink>: Sendable {
    /// The minimum number of messages for which two transactions are faster than one.
    private static var largeBatch: Int { 4_000 }

    private let queue: Queue
    private let sink: Sink
    private let logger: Logger
    private let metrics: IngestionMetrics
    private let tracer: Tracer
    private let keeps: @Sendable ([Location]) -> [Bool]
    private let reportStored: (@Sendable ([QueueBatch]) -> Void)?
    private let pause: @Sendable (Duration) async -> Void
    private let isStopping = Atomic(false)
    /// Finishes when ``run()`` returns.
    private let (end, endContinuation) = AsyncStream<Never>.makeStream()

    /// - Parameters:
    ///   - queue: the source of the batches.
    ///   - sink: the destination of the batches.
    ///   - logger: logs retries and dead letters.
    ///   - metrics: receives the `ingestion_…` and `locations_…` metrics.
    ///   - tracer: receives a span for each traced request with locations in a batch.
    ///   - keeps: decides for each location whether it is stored; others are counted and dropped.
    ///   - pause: waits before a retry.
    ///   - reportStored: reports stored batches to the queue, if it has its own lag monitoring.
    init(
        queue: Queue,
        sink: Sink,
        logger: Logger,
        metrics: MetricsRegistry,
        tracer: Tracer = .disabled,
        keeps: @escaping @Sendable ([Location]) -> [Bool] = { $0.map { _ in true } },
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) },
        reportStored: (@Sendable ([QueueBatch]) -> Void)? = nil
    ) {
        self.queue = queue
        self.sink = sink
        self.logger = logger
        self.metrics = IngestionMetrics(metrics)
        self.tracer = tracer
        self.keeps = keeps
        self.reportStored = reportStored
        self.pause = pause
    }

    /// Runs until it is stopped.
    ///
    /// While a batch is stored, the next one is read. No failure ends the loop: the consumer drops what it has read,
    /// and reads again from the stored offsets.
    func run() async {
        var backoff = Backoff()
        var batches: [QueueBatch] = []
        while !isStopping.load(ordering: .relaxed), !Task.isCancelled {
            do {
                guard !batches.isEmpty else {
                    batches = try await queue.poll()
                    continue
                }
                Failpoint.consumerAfterPoll.reach()
                async let next = queue.poll()
                try await store(batches)
                backoff.reset()
                batches = try await next
            } catch is CancellationError {
                break
            } catch {
                batches = []
                // Only the stored offsets tell whether a lost COMMIT took effect, and what other consumers have stored.
                queue.seekToStoredOffsets()
                metrics.failures.increment()
                let delay = backoff.next()
                logger.warning(
                    "Could not store a batch",
                    error: error,
                    [.delay: .seconds(delay)]
                )
                await pause(delay)
            }
        }
        await queue.leave()
        endContinuation.finish()
    }

    /// Ends ``run()`` after the current batch; returns once it has ended, or after ``stopTimeout``.
    func stop() async {
        isStopping.store(true, ordering: .relaxed)
        await withTimeout(Self.stopTimeout) { for await _ in self.end {} }
    }

    /// Longer than a batch takes, and shorter than the process's time to stop.
    private static var stopTimeout: Duration { .seconds(10) }

    /// Stores batches; large ones in two concurrent transactions, because a single one keeps only one core of the
    /// database busy.
    private func store(_ batches: [QueueBatch]) async throws {
        let count = batches.reduce(0) { $0 + $1.messages.count }
        guard batches.count > 1, count >= Self.largeBatch else { return try await storeTogether(batches) }
        let middle = batches.count / 2
        try await withThrowingTaskGroup { group in
            for share in [batches[..<middle], batches[middle...]] {
                group.addTask { try await self.storeTogether(Array(share)) }
            }
            try await group.waitForAll()
        }
    }

    private func storeTogether(_ batches: [QueueBatch]) async throws {
        let began = ContinuousClock.now
        var batch = ReceivedBatch(batches)
        let outside = batch.drop(keeping: keeps)
        let outcome = try await sink.store(
            batch.messages,
            advancing: batches.map { OffsetAdvance(partition: $0.partition, expected: $0.start, next: $0.end) }
        )
        Failpoint.consumerAfterCommit.reach()
        reportStored?(batches)
        let duration = ContinuousClock.now - began
        metrics.count(outcome, swappedAxes: batch.swappedAxes, outside: outside, duration: duration)
        for (trace, count) in batch.sampledTraces { record(trace, count, duration) }
        for (summary, count) in DeadLetterSummary.count(outcome.deadLetters) {
            logger.warning("Wrote dead letters", summary.metadata(count: count))
        }
    }
}

extension LocationIngestion {
    /// Records that some locations of a traced request are stored.
    private func record(_ trace: TraceContext, _ count: Int, _ duration: Duration) {
        let own = trace.child()
        logger.debug(
            "Stored locations of a traced request",
            [.traceID: .string(own.traceIDText), .spanID: .string(own.spanIDText), .count: .integer(count)]
        )
        tracer.record(
            own,
            Span(
                "store locations",
                .consumer,
                own,
                duration: duration.nanoseconds,
                isFailure: false,
                attributes: [("messaging.batch.message_count", .integer(count))]
            )
        )
    }
}

/// The metrics of the ingestion.
struct IngestionMetrics: Sendable {
    let failures: Counter
    private let stored: Counter
    private let duplicates: Counter
    private let deadLetters: Counter
    private let erased: Counter
    private let swappedAxes: Counter
    private let outside: Counter
    private let duration: Histogram
    private let size: Histogram

    init(_ registry: MetricsRegistry) {
        failures = registry.counter("ingestion_failures_total", "Failed attempts to store a batch.")
        stored = registry.counter("locations_stored_total", "Stored locations.")
        duplicates = registry.counter("locations_duplicate_total", "Repeated locations, which were already stored.")
        deadLetters = registry.counter("locations_buried_total", "Messages that became dead letters.")
        erased = registry.counter(
            "locations_erased_total",
            "Dropped locations: their person was erased, or wants none kept of their time."
        )
        swappedAxes = registry.counter(
            "locations_axes_exchanged_total",
            "Legacy messages with swapped latitude and longitude."
        )
        outside = registry.counter(
            "locations_outside_total",
            "Dropped locations outside the venue and the opening hours of every event."
        )
        duration = registry.histogram("ingestion_batch_seconds", "Time to store a batch.")
        size = registry.histogram(
            "ingestion_batch_messages",
            "Messages per batch.",
            buckets: [1, 10, 100, 1_000, 10_000, 100_000]
        )
    }

    func count(_ outcome: SinkOutcome, swappedAxes: Int, outside: Int, duration elapsed: Duration) {
        stored.increment(by: outcome.stored)
        duplicates.increment(by: outcome.duplicates)
        deadLetters.increment(by: outcome.deadLetters.count)
        erased.increment(by: outcome.erased)
        self.swappedAxes.increment(by: swappedAxes)
        self.outside.increment(by: outside)
        duration.observe(elapsed)
        size.observe(Double(outcome.stored + outcome.duplicates + outcome.deadLetters.count + outcome.erased))
    }
}
