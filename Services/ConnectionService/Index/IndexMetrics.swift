import Models
import Observability
import Proximity
import ServiceWiring
import Synchronization

/// What the indexing counts and measures.
final class IndexMetrics: Sendable {
    /// How long the loads took that were finished.
    let loads: Histogram
    /// Locations of persons that do not exist yet, or never will.
    let withheld: Gauge
    private let lag: Gauge
    private let delay: Histogram
    /// When the index last had everything.
    private let completeAt = Mutex(ContinuousClock.now)

    init(_ registry: MetricsRegistry, _ index: LiveIndex) {
        loads = registry.histogram(
            "location_index_load_seconds",
            "How long it took to load the index from the database.",
            buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
        )
        withheld = registry.gauge(
            "location_index_withheld",
            "Locations of unknown persons that wait for what storing makes of them."
        )
        lag = registry.gauge("location_index_lag_messages", "Messages in the queue that are not in the index yet.")
        delay = registry.histogram(
            "location_index_delay_seconds",
            "How long a location was in the queue before it was in the answers."
        )
        registry.gauge("location_index_points", "Locations in the index.") { Double(index.current.count) }
        registry.gauge("location_index_bytes", "Bytes that the index takes.") { Double(index.current.byteCount) }
        registry.gauge("location_index_segments", "Parts that the index consists of.") {
            Double(index.current.segmentCount)
        }
        registry.gauge("location_index_dates", "Days from the first location in the index to the last.") {
            guard let days = index.current.days else { return 0 }
            return Double(days.upperBound.daysSince1970 - days.lowerBound.daysSince1970 + 1)
        }
        registry.gauge("location_index_lag_seconds", "How long ago the index had all that was in the queue.") {
            [weak self] in self?.secondsBehind ?? 0
        }
    }

    /// The index has all that is in the queue.
    func noteComplete() {
        completeAt.withLock { $0 = .now }
    }

    /// So many messages are in the queue and not in the index.
    func note(lag messages: Int64) {
        lag.set(messages)
        if messages <= 0 { noteComplete() }
    }

    /// The index has messages now that the queue has had since a moment.
    func noteDelay(since appendedAt: Timestamp?) {
        guard let appendedAt else { return }
        delay.observe(.microseconds(max(Timestamp.now().microseconds - appendedAt.microseconds, 0)))
    }

    /// How long ago the index had all that was in the queue; 0 if it has.
    var secondsBehind: Double {
        let elapsed = ContinuousClock.now - completeAt.withLock { $0 }
        // It is asked for once a second.
        return elapsed < .seconds(2) ? 0 : elapsed / .seconds(1)
    }
}
