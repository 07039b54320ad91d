import Access
import Models
import Persistence
import Postgres
import Synchronization

/// API keys in an array.
final class InMemoryKeys: CredentialRegistry {
    private let state = Mutex<[CredentialID: APIKey]>([:])
    private let failure = Mutex<PostgresError?>(nil)

    /// The database fails from now on.
    func fail(_ error: PostgresError) {
        failure.withLock { $0 = error }
    }

    /// Adds a key that expires a second after ``noon``, or as given; returns its text.
    func add(
        scopes: Set<String> = ["locations.write"],
        networks: [String] = [],
        expiresAt: Timestamp = Timestamp(microseconds: noon.microseconds + 1_000_000),
        dailyLimit: Int64? = nil
    ) -> APIKeyText {
        let text = APIKeyText.random()
        var details = APIKey.Details(name: "test", expiresAt: expiresAt)
        details.scopes = scopes
        details.networks = networks
        details.dailyLimit = dailyLimit
        let key = APIKey(id: text.id, details: details, createdBy: "test", createdAt: noon)
        state.withLock { $0[text.id] = key }
        return text
    }

    /// Removes a key.
    func remove(_ id: CredentialID) {
        state.withLock { $0[id] = nil }
    }

    func holder(of credential: Credential) async throws -> CredentialHolder? {
        if let failure = failure.withLock({ $0 }) { throw failure }
        guard case .key(let text) = credential else { return nil }
        return state.withLock { $0[text.id].map { .key($0) } }
    }
}
