import LocationQueue
import Observability
import Persistence

/// Measures the consumer's lag.
struct QueueLagMonitor: Sendable {
    private let log: any LocationQueueLog
    private let sink: LocationSink
    private let logger: Logger
    private let lag: Gauge
    private let lagSeconds: Gauge

    init(log: any LocationQueueLog, sink: LocationSink, logger: Logger, metrics: MetricsRegistry) {
        self.log = log
        self.sink = sink
        self.logger = logger
        lag = metrics.gauge("location_consumer_lag", "Messages in the queue that are not stored yet.")
        lagSeconds = metrics.gauge(
            "location_consumer_lag_seconds",
            "Age of the oldest message in the queue that is not stored yet."
        )
    }

    /// Measures every five seconds until it is cancelled.
    func run() async throws {
        var behind = QueueLag()
        while true {
            do {
                let ends = try await log.ends()
                behind.observe(ends: ends, stored: try await sink.offsets(of: ends.keys.sorted()))
                lag.set(Double(behind.messages))
                lagSeconds.set(behind.seconds)
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not measure the consumer's lag", error: error)
            }
            try await Task.sleep(for: .seconds(5))
        }
    }
}
