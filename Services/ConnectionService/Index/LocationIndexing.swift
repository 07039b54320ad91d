import Concurrency
import LocationQueue
import Models
import Observability

/// Keeps the index as current as the queue: loads all stored locations, follows the queue from exactly there, and
/// reloads if it cannot continue.
///
/// The index has the same locations as the consumer stores: decodable ones of existing persons, each person, device,
/// time and place once. No failure ends the indexing; while the database is unavailable, the index stays as it is.
struct LocationIndexing: Sendable {
    /// The index.
    let state: IndexState
    /// The stored locations.
    let archive: any LocationArchive
    /// The queue to follow.
    let queue: any LocationQueueLog
    /// The bounds of the index.
    let settings: IndexSettings
    /// The threads for building the index.
    let compute: ComputeThreads
    /// Logs loads and retries.
    let logger: Logger
    /// Returns the locations that belong to the index's events and are stored.
    var kept: @Sendable ([Location]) -> [Location] = { $0 }
    /// Waits before a retry.
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// Loads and follows until the task is cancelled.
    func run() async throws {
        var backoff = Backoff()
        while true {
            do {
                try await follow(from: try await load())
            } catch is IndexOutdated {
                // The earlier index answers until the load is complete.
                continue
            } catch let error where !(error is CancellationError) {
                if state.withMembership({ $0.fallBehind() }) { backoff.reset() }
                let delay = backoff.next()
                logger.warning("Reloading the index", error: error, [.delay: .seconds(delay)])
                try await pause(delay)
            }
        }
    }
}
