import Observability
import Persistence
import ServiceRuntime

/// Removes dead letters that are too old or too many.
///
/// Beyond the maximum, the oldest letters are removed, so that those about current trouble stay. This loses messages,
/// so it is logged as an error and counted.
struct DeadLetterRetention: Sendable {
    private let store: DeadLetterStore
    private let age: Duration
    private let maximum: Int
    private let logger: Logger
    private let letters: Gauge
    private let expired: Counter
    private let displaced: Counter

    init(_ store: DeadLetterStore, age: Duration, maximum: Int, logger: Logger, metrics: MetricsRegistry) {
        self.store = store
        self.age = age
        self.maximum = maximum
        self.logger = logger
        letters = metrics.gauge("dead_letters", "Messages among the dead letters.")
        expired = metrics.counter(
            "dead_letters_expired_total",
            "Dead letters removed because they were older than DEAD_LETTER_RETENTION."
        )
        displaced = metrics.counter(
            "dead_letters_displaced_total",
            "Dead letters removed because there were more than DEAD_LETTER_MAX_ROWS."
        )
    }

    /// Runs every minute until it is cancelled.
    func run() async throws {
        while true {
            do {
                try await sweep()
            } catch let error where !(error is CancellationError) {
                logger.debug("Could not remove old dead letters")
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// Removes all letters that are due.
    func sweep() async throws {
        let old = try await store.removeExpired(after: age)
        expired.increment(by: old)
        if old > 0 { logger.warning("Removed expired dead letters", [.count: .integer(old)]) }
        let excess = try await store.count() - maximum
        let removed = excess > 0 ? try await store.removeOldest(excess) : 0
        displaced.increment(by: removed)
        if removed > 0 {
            logger.error("Removed the oldest dead letters beyond the maximum", [.count: .integer(removed)])
        }
        letters.set(Double(try await store.count()))
    }
}
