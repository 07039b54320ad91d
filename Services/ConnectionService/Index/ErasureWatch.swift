import Concurrency
import Observability
import Persistence

/// Removes erased persons from the index as soon as the database reports them.
struct ErasureWatch: Sendable {
    private let index: IndexState
    private let archive: any LocationArchive
    private let persons: PersonStore
    private let logger: Logger

    init(_ index: IndexState, archive: any LocationArchive, persons: PersonStore, logger: Logger) {
        self.index = index
        self.archive = archive
        self.persons = persons
        self.logger = logger
    }

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
