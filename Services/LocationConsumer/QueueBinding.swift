import LocationQueue
import Observability
import Persistence

/// Makes sure that the database's offsets are those of the queue.
struct QueueBinding: Sendable {
    let log: any LocationQueueLog
    let sink: LocationSink
    let logger: Logger

    /// Returns once both are there and belong together; waits for them however long it takes.
    ///
    /// - Throws: ``QueueMismatch`` if they do not.
    func establish() async throws {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await sink.bind(to: try await log.identity())
            } catch let error as QueueMismatch {
                throw error
            } catch let error where !(error is CancellationError) {
                logger.warning("The queue is not there yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }
}
