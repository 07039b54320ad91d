import HTTPServer
import Models
import Observability
import Persistence
import Synchronization

/// The consents of all persons, in memory and as the database reports them.
///
/// While changes are not reported, it knows none, so answers that depend on consents are refused. So are they in a second region
/// whose copy is older than ``maximumAge``.
final class ConsentDirectory: Sendable {
    /// How many seconds a withdrawal may take to reach a second region before answers there are refused.
    private static let maximumAge = 60.0

    private let store: ConsentStore
    private let logger: Logger
    private let state = Mutex<[PersonID: Consents]?>(nil)
    private let isOutdated = Mutex(false)

    init(_ store: ConsentStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// The consents that hold; persons without any are missing.
    ///
    /// - Throws: a 503 problem if changes are not reported.
    func all() throws(Problem) -> [PersonID: Consents] {
        guard !isOutdated.withLock({ $0 }), let all = state.withLock({ $0 }) else {
            throw Problem.unavailable("The consents of persons are not known at this moment: try again shortly.")
        }
        return all
    }

    /// Compares the age of consents with the bound every second, until the task is cancelled.
    ///
    /// If the database does not answer, changes are not reported either.
    func watchAge(in regions: RegionStore) async throws {
        while true {
            do {
                let age = try await regions.ageOfConsents()
                let changed = isOutdated.withLock { isOutdated in
                    defer { isOutdated = age > Self.maximumAge }
                    return isOutdated != (age > Self.maximumAge)
                }
                if changed {
                    logger.warning("The age of consents crossed its bound", [.duration: .seconds(.seconds(age))])
                }
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not read the age of consents", error: error)
            }
            try await Task.sleep(for: .seconds(1))
        }
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
