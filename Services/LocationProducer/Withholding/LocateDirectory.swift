import LocationQueue
import Models
import Persistence
import Synchronization

/// Whose locations may be taken, in memory and as the database reports it: 16 bytes a person who agreed, and about 100 bytes a
/// person who had a pause.
///
/// While the database is unavailable, the last known permissions count, because none can change there. If none are known yet,
/// locations that need a consent are refused; others are taken, and location-consumer drops those of a pause.
final class LocateDirectory: Sendable {
    private let registry: any LocateRegistry
    private let needsConsent: Bool
    private let state = Mutex<LocatePermissions?>(nil)

    /// - Parameters:
    ///   - registry: where permissions are looked up.
    ///   - needsConsent: whether locations need their person's consent.
    init(registry: any LocateRegistry, needsConsent: Bool) {
        self.registry = registry
        self.needsConsent = needsConsent
    }

    /// The permissions at this moment; a lookup until they are known.
    ///
    /// - Throws: `unavailable` if the sender should retry later.
    func permissions() async throws(LocationQueueError) -> LocatePermissions {
        if let known = state.withLock({ $0 }) { return known }
        do {
            let found = try await registry.all()
            return state.withLock { state in
                state = state ?? found
                return state ?? found
            }
        } catch {
            guard !needsConsent else { throw LocationQueueError(.unavailable, cause: error) }
            return LocatePermissions()
        }
    }

    /// Follows the changes until the task is cancelled.
    func follow(_ changes: ChangeFollower<PersonID>) async throws {
        try await changes.run { change in
            switch change {
            case .changed(let person): try await read(person)
            case .missed:
                let all = try await registry.all()
                state.withLock { $0 = all }
            }
        }
    }

    /// Reads the permissions of a person again.
    func read(_ person: PersonID) async throws {
        let found = try await registry.permissions(of: person)
        state.withLock { state in
            state?.pauses[person] = found.pauses[person]
            guard let consenting = found.consenting else { return }
            if consenting.contains(person) {
                state?.consenting?.insert(person)
            } else {
                state?.consenting?.remove(person)
            }
        }
    }
}
