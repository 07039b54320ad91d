import Concurrency
import LocationQueue
import Observability
import Persistence

/// Checks that the stored offsets belong to the configured queue.
struct QueueBinding: Sendable {
    let log: any LocationQueueLog
    let sink: LocationSink
    let logger: Logger

    /// Returns once the offsets belong to the queue; waits for the database and the queue without a limit.
    ///
    /// - Throws: ``QueueMismatch`` if the offsets belong to another queue.
    func establish() async throws {
        try await retrying(Backoff(base: .milliseconds(100))) {
            try await sink.bind(to: try await log.identity())
        } whenFailed: { error, delay in
            if error is QueueMismatch { throw error }
            logger.warning("The queue is not available yet", error: error, [.delay: .seconds(delay)])
        }
    }
}
