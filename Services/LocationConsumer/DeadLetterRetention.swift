import Observability
import Persistence
import ServiceRuntime

/// Removes dead letters that are too old or too many.
///
/// Those beyond the bound go oldest first, so that the letters that tell of today's trouble stay. That is a loss, which is
/// logged as an error and counted.
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
            "Dead letters older than DEAD_LETTER_RETENTION, removed."
        )
        displaced = metrics.counter(
            "dead_letters_displaced_total",
            "The oldest dead letters, removed because there were more than DEAD_LETTER_MAX_ROWS."
        )
    }

    /// Works every minute until it is cancelled.
    func run() async throws {
        while true {
            do {
                try await sweep()
            } catch let error where !(error is CancellationError) {
                logger.debug("The retention of dead letters waits for the database")
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    /// Removes once all that is due.
    func sweep() async throws {
        let old = try await store.removeExpired(after: age)
        expired.increment(by: old)
        if old > 0 { logger.warning("Removed expired dead letters", [.count: .integer(old)]) }
        let excess = try await store.count() - maximum
        let removed = excess > 0 ? try await store.removeOldest(excess) : 0
        displaced.increment(by: removed)
        if removed > 0 {
            logger.error("Removed the oldest dead letters: there are too many", [.count: .integer(removed)])
        }
        letters.set(Double(try await store.count()))
    }
}
