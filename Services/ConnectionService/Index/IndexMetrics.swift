import Models
import Observability
import Proximity
import Synchronization

/// The metrics of the index.
final class IndexMetrics: Sendable {
    /// The durations of completed loads.
    let loads: Histogram
    /// The number of pending locations of unknown persons.
    let withheld: Gauge
    private let lag: Gauge
    private let delay: Histogram
    /// The last time at which the index had all messages of the queue.
    private let completeAt = Mutex(ContinuousClock.now)

    init(_ registry: MetricsRegistry, _ index: LiveIndex) {
        loads = registry.histogram(
            "location_index_load_seconds",
            "Time to load the index from the database.",
            buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]
        )
        withheld = registry.gauge(
            "location_index_withheld",
            "Locations of unknown persons, pending until the consumer has processed them."
        )
        lag = registry.gauge("location_index_lag_messages", "Messages in the queue that are not in the index yet.")
        delay = registry.histogram(
            "location_index_delay_seconds",
            "Time from the acceptance of a location to its presence in answers."
        )
        registry.gauge("location_index_points", "Locations in the index.") { Double(index.current.count) }
        registry.gauge("location_index_bytes", "Size of the index.") { Double(index.current.byteCount) }
        registry.gauge("location_index_segments", "Segments of the index.") {
            Double(index.current.segmentCount)
        }
        registry.gauge("location_index_dates", "Days from the first location in the index to the last.") {
            guard let days = index.current.days else { return 0 }
            return Double(days.upperBound.daysSince1970 - days.lowerBound.daysSince1970 + 1)
        }
        registry.gauge("location_index_lag_seconds", "Time since the index had all messages of the queue.") {
            [weak self] in self?.secondsBehind ?? 0
        }
    }

    /// Records that the index has all messages of the queue.
    func noteComplete() {
        completeAt.withLock { $0 = .now }
    }

    /// Records the number of messages that the index does not have yet.
    func note(lag messages: Int64) {
        lag.set(messages)
        if messages <= 0 { noteComplete() }
    }

    /// Records the delay of messages that are in the index now.
    func noteDelay(since appendedAt: Timestamp?) {
        guard let appendedAt else { return }
        delay.observe(.microseconds(max(Timestamp.now().microseconds - appendedAt.microseconds, 0)))
    }

    /// The time since the index had all messages of the queue; 0 if it has.
    var secondsBehind: Double {
        let elapsed = ContinuousClock.now - completeAt.withLock { $0 }
        // It is recorded once a second.
        return elapsed < .seconds(2) ? 0 : elapsed / .seconds(1)
    }
}
