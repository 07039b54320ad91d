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
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await sink.bind(to: try await log.identity())
            } catch let error as QueueMismatch {
                throw error
            } catch let error where !(error is CancellationError) {
                logger.warning("The queue is not available yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }
}
