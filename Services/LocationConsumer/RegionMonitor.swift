import Observability
import Persistence

/// Shows the other region that this one is alive, and measures how far the copy of the other one is behind.
struct RegionMonitor: Sendable {
    private let store: RegionStore
    private let logger: Logger
    private let lag: Gauge

    init(_ store: RegionStore, logger: Logger, metrics: MetricsRegistry) {
        self.store = store
        self.logger = logger
        lag = metrics.gauge(
            "region_lag_seconds",
            "Seconds since the other region's last sign of life arrived here; 0 without a second region."
        )
    }

    /// Records and measures every two seconds until it is cancelled.
    func run() async throws {
        while true {
            do {
                lag.set(try await store.recordSignOfLife() ?? 0)
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not measure the lag of the other region", error: error)
            }
            try await Task.sleep(for: .seconds(2))
        }
    }
}
