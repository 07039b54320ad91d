import LocationQueue
import Observability
import Persistence

/// Removes old blocks from the embedded queue.
struct LogRetention: Sendable {
    let log: PostgresLog
    let sink: LocationSink
    let age: Duration
    let logger: Logger

    /// Removes every minute until it is cancelled.
    func run() async throws {
        while true {
            do {
                let offsets = try await sink.offsets(of: log.ends().keys.sorted())
                let count = try await log.removeBlocks(olderThan: age, before: offsets)
                if count > 0 { logger.info("Removed old blocks of the queue", [.count: .integer(count)]) }
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove old blocks of the queue", error: error)
            }
            try await Task.sleep(for: .seconds(60))
        }
    }
}
