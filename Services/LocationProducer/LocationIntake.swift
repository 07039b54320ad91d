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
    ///   - reports: what is valid.
    ///   - moment: when they came.
    ///   - trace: the request's.
    /// - Returns: the numbers of the locations, in their order: the queue has them.
    /// - Throws: what the queue throws; then the sender has to repeat them all.
    func take(
        _ reports: [LocationReport],
        at moment: Timestamp,
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        Failpoint.producerBeforeProduce.reach()
        let ids = try await queue.append(
            reports.map { LocationMessage(report: $0, receivedAt: moment) },
            trace: trace
        )
        Failpoint.producerAfterReport.reach()
        accepted.increment(by: ids.count)
        return ids
    }

    /// Counts what was not valid.
    func reject(_ count: Int = 1) {
        rejected.increment(by: count)
    }
}
