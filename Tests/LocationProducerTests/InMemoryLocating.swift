import Models
import Persistence
import Postgres
import Synchronization

@testable import LocationProducer

/// Consents and pauses in memory.
final class InMemoryLocating: LocateRegistry {
    private let known: Mutex<LocatePermissions>
    private let failure = Mutex<PostgresError?>(nil)

    /// - Parameters:
    ///   - consenting: the persons who agreed; `nil` where no consent is needed.
    ///   - pauses: the pauses of each person.
    init(consenting: Set<Int32>? = nil, pauses: [Int32: [Pause]] = [:]) {
        known = Mutex(
            LocatePermissions(
                consenting: consenting.map { Set($0.map { PersonID(stored: $0) }) },
                pauses: Dictionary(uniqueKeysWithValues: pauses.map { (PersonID(stored: $0), $1) })
            )
        )
    }

    /// A new directory of these permissions.
    var directory: LocateDirectory {
        LocateDirectory(registry: self, needsConsent: known.withLock { $0.consenting != nil })
    }

    /// Changes the permissions.
    func change(_ change: (inout LocatePermissions) -> Void) {
        known.withLock { change(&$0) }
    }

    /// The database fails from now on.
    func fail() {
        failure.withLock { $0 = PostgresError(.connectionFailed, "The server is unreachable.") }
    }

    func all() async throws -> LocatePermissions {
        if let failure = failure.withLock({ $0 }) { throw failure }
        return known.withLock { $0 }
    }

    func permissions(of person: PersonID) async throws -> LocatePermissions {
        var permissions = try await all()
        permissions.pauses = permissions.pauses.filter { $0.key == person }
        permissions.consenting = permissions.consenting?.intersection([person])
        return permissions
    }
}
