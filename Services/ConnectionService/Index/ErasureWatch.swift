import Observability
import Persistence

/// Takes erased persons out of the index as soon as the database says so.
struct ErasureWatch<Archive: LocationArchive, Queue: FollowedQueue>: Sendable {
    private let indexing: LocationIndexing<Archive, Queue>
    private let persons: PersonStore
    private let logger: Logger

    init(_ indexing: LocationIndexing<Archive, Queue>, _ persons: PersonStore, _ logger: Logger) {
        self.indexing = indexing
        self.persons = persons
        self.logger = logger
    }

    /// Follows erasures until the task is cancelled.
    func run() async throws {
        try await ChangeFollower("Erasures are not listened to", logger, listen: persons.erasures).run { change in
            switch change {
            case .changed(let person): indexing.erase(person)
            case .missed: try await compare()
            }
        }
    }

    /// Asks who still exists, until there is an answer.
    private func compare() async throws {
        var backoff = Backoff()
        while true {
            do {
                return try await indexing.eraseTheGone()
            } catch let error where !(error is CancellationError) {
                let delay = backoff.next()
                logger.warning("Erasures may have been missed", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
            }
        }
    }
}
