import Concurrency
import Observability
import Persistence

/// Removes erased persons from the index as soon as the database reports them.
struct ErasureWatch: Sendable {
    let index: IndexState
    let archive: any LocationArchive
    let persons: PersonStore
    let logger: Logger

    /// Follows erasures until the task is cancelled.
    func run() async throws {
        try await ChangeFollower("Not listening for erasures", logger, listen: persons.erasures).run { change in
            switch change {
            case .changed(let person): index.erase(person)
            case .missed: try await compare()
            }
        }
    }

    /// Compares the known persons with the database; retries until it succeeds.
    private func compare() async throws {
        try await retrying {
            try await index.eraseMissing(in: archive)
        } whenFailed: { error, delay in
            logger.warning("Could not check for missed erasures", error: error, [.delay: .seconds(delay)])
        }
    }
}
