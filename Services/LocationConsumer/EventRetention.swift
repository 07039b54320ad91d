import Observability
import Persistence

/// Removes the locations of days whose events have all passed their retention.
struct EventRetention: Sendable {
    private let store: EventStore
    private let logger: Logger
    private let removed: Counter

    /// The time between two passes.
    private static let interval = Duration.seconds(3_600)

    init(_ store: EventStore, logger: Logger, metrics: MetricsRegistry) {
        self.store = store
        self.logger = logger
        removed = metrics.counter(
            "locations_expired_total",
            "Locations removed because all events of their day have passed their retention."
        )
    }

    /// Runs every hour until it is cancelled.
    func run() async throws {
        while true {
            do {
                try await sweep()
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove expired locations", error: error)
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Removes all locations that are due.
    func sweep() async throws {
        let count = try await store.removeExpiredLocations()
        removed.increment(by: count)
        if count > 0 { logger.info("Removed expired locations", [.count: .integer(count)]) }
    }
}
