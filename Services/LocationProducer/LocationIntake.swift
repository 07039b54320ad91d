import Failpoints
import LocationProtocol
import LocationQueue
import Models
import Observability

/// What every door has in common: valid reports go to the queue, and are counted.
struct LocationIntake<Queue: LocationQueueProducer>: Sendable {
    /// The clock, for reports without a time and for times in the future.
    let now: @Sendable () -> Timestamp
    private let queue: Queue
    private let accepted: Counter
    private let rejected: Counter

    /// Makes the way to a queue.
    ///
    /// - Parameters:
    ///   - queue: where locations go.
    ///   - metrics: gets the `locations_…` counters.
    ///   - now: the clock.
    init(queue: Queue, metrics: MetricsRegistry, now: @escaping @Sendable () -> Timestamp) {
        self.queue = queue
        self.now = now
        accepted = metrics.counter("locations_accepted_total", "Locations that the queue has taken.")
        rejected = metrics.counter("locations_rejected_total", "Locations that were not valid.")
    }

    /// Puts locations into the queue.
    ///
    /// - Parameters:
    ///   - messages: what is valid, and when it came.
    ///   - trace: the request's.
    /// - Returns: the numbers of the locations, in their order: the queue has them.
    /// - Throws: what the queue throws; then the sender has to repeat them all.
    func take(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        Failpoint.producerBeforeProduce.reach()
        let ids = try await queue.append(messages, trace: trace)
        Failpoint.producerAfterReport.reach()
        accepted.increment(by: ids.count)
        return ids
    }

    /// Puts locations into the queue that came at the same time.
    func take(
        _ reports: [LocationReport],
        at moment: Timestamp,
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        try await take(reports.map { LocationMessage(report: $0, receivedAt: moment) }, trace: trace)
    }

    /// Counts what was not valid.
    func reject(_ count: Int = 1) {
        rejected.increment(by: count)
    }
}
