import Concurrency
import Observability
import Persistence

/// Makes deliveries of new events, removes old ones, and measures the backlog.
///
/// Each sender does it; the database lets one at a time dispatch.
struct EventDispatch: Sendable {
    private let store: DeliveryStore
    /// How long deliveries are retried, and how long events are kept, in seconds.
    private let (lifetime, retention): (Int64, Int64)
    private let logger: Logger
    private let (events, deliveries): (Gauge, Gauge)
    /// Is called after events were dispatched.
    private let whenDispatched: @Sendable () -> Void

    /// How many events are dispatched in one transaction.
    private static let batch = 2_000
    /// The time between two polls while no event waits.
    private static let pollInterval = Duration.milliseconds(250)
    /// The time between two passes of ``care()``, and how many rows each of its statements changes at most.
    private static let (careInterval, careRows) = (Duration.seconds(5), 1_000)
    /// The backlog is counted up to this number.
    private static let countedBacklog = 100_000

    init(
        _ store: DeliveryStore,
        lifetime: Duration,
        retention: Duration,
        logger: Logger,
        metrics: MetricsRegistry,
        whenDispatched: @escaping @Sendable () -> Void
    ) {
        self.store = store
        self.lifetime = lifetime.components.seconds
        self.retention = retention.components.seconds
        self.logger = logger
        self.whenDispatched = whenDispatched
        events = metrics.gauge("webhook_undispatched_events", "Events without deliveries yet, counted up to 100,000.")
        deliveries = metrics.gauge(
            "webhook_backlog",
            "Deliveries that are due, except those of closed or disabled endpoints, counted up to 100,000."
        )
    }

    /// Dispatches until the task is cancelled.
    func run() async throws {
        var backoff = Backoff(base: .milliseconds(100))
        // Where the last batch ended; no event waits if it was not a whole one.
        var last: Int64?
        while true {
            do {
                let dispatched = try await store.dispatch(limit: Self.batch, after: last)
                if let dispatched, dispatched.count > 0 { whenDispatched() }
                last = dispatched?.count == Self.batch ? dispatched?.last : nil
                backoff.reset()
                if last == nil { try await Task.sleep(for: Self.pollInterval) }
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not dispatch events", error: error)
                try await Task.sleep(for: backoff.next())
            }
        }
    }

    /// Gives up expired deliveries, removes old events and measures the backlog, until the task is cancelled.
    func care() async throws {
        while true {
            do {
                while try await store.giveUp(olderThan: lifetime, limit: Self.careRows) > 0 {}
                while try await store.removeBatches(olderThan: retention, limit: Self.careRows) == Self.careRows {}
                while try await store.removeEvents(olderThan: retention, limit: Self.careRows) == Self.careRows {}
                let backlog = try await store.backlog(upTo: Self.countedBacklog)
                events.set(backlog.events)
                deliveries.set(backlog.deliveries)
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove old deliveries or measure the backlog", error: error)
            }
            try await Task.sleep(for: Self.careInterval)
        }
    }
}
