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
    private let state: IndexState
    private let loader: IndexLoader
    private let follower: IndexFollower

    /// - Parameters:
    ///   - state: the index.
    ///   - archive: the stored locations.
    ///   - queue: the queue to follow.
    ///   - settings: the bounds of the index.
    ///   - compute: the threads for building the index.
    ///   - logger: logs loads and retries.
    ///   - kept: returns the locations that belong to the index's events and are stored.
    ///   - pause: waits before a retry.
    init(
        of state: IndexState,
        archive: any LocationArchive,
        queue: any LocationQueueLog,
        settings: IndexSettings,
        compute: ComputeThreads,
        logger: Logger,
        kept: @escaping @Sendable ([Location]) -> [Location] = { $0 },
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.state = state
        loader = IndexLoader(
            state: state,
            archive: archive,
            queue: queue,
            settings: settings,
            compute: compute,
            kept: kept,
            logger: logger
        )
        follower = IndexFollower(
            state: state,
            archive: archive,
            queue: queue,
            logger: logger,
            kept: kept,
            pause: pause
        )
    }

    /// Loads and follows until the task is cancelled.
    func run() async throws {
        var backoff = Backoff()
        while true {
            do {
                try await follower.follow(from: try await loader.load())
            } catch is IndexOutdated {
                // The earlier index answers until the load is complete.
                continue
            } catch let error where !(error is CancellationError) {
                if state.withMembership({ $0.fallBehind() }) { backoff.reset() }
                let delay = backoff.next()
                follower.logger.warning("Reloading the index", error: error, [.delay: .seconds(delay)])
                try await follower.pause(delay)
            }
        }
    }
}
