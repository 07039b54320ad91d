import HTTPServer
import Models
import Observability
import Persistence
import Synchronization

/// The consents of all persons, in memory and as the database reports them.
///
/// While changes are not reported, it knows none, so answers that depend on consents are refused.
final class ConsentDirectory: Sendable {
    private let store: ConsentStore
    private let logger: Logger
    private let state = Mutex<[PersonID: Consents]?>(nil)

    init(_ store: ConsentStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// The consents that hold; persons without any are missing.
    ///
    /// - Throws: a 503 problem if changes are not reported.
    func all() throws(Problem) -> [PersonID: Consents] {
        guard let all = state.withLock({ $0 }) else {
            throw Problem.unavailable("The consents of persons are not known at this moment: try again shortly.")
        }
        return all
    }

    /// Follows changes until the task is cancelled.
    func run() async throws {
        try await ChangeFollower("Not listening for consents", logger, listen: store.changes).run { change in
            switch change {
            case .changed(let person):
                let consents = try await store.all(of: [person])[person]
                state.withLock { $0?[person] = consents }
            case .missed:
                let all = try await store.all()
                state.withLock { $0 = all }
            }
        } whenInterrupted: {
            state.withLock { $0 = nil }
        }
    }
}
