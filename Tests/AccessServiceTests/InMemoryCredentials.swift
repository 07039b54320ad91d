import Access
import Credentials
import Foundation
import HTTPServer
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import Synchronization

@testable import AccessService

/// Credentials without a database.
final class InMemoryCredentials: CredentialRegistry {
    private struct State {
        var holders: [TokenDigest: CredentialHolder] = [:]
        var lookups = 0
        var failure: PostgresError?
    }

    private let state = Mutex(State())

    /// How often the database was asked.
    var lookups: Int { state.withLock { $0.lookups } }

    /// The database fails from now on, or works again.
    func fail(_ error: PostgresError?) {
        state.withLock { $0.failure = error }
    }

    func add(_ holder: CredentialHolder, _ digest: TokenDigest) {
        state.withLock { $0.holders[digest] = holder }
    }

    func remove(_ digest: TokenDigest) {
        state.withLock { $0.holders[digest] = nil }
    }

    func holder(of credential: Credential) async throws -> CredentialHolder? {
        try state.withLock { state in
            state.lookups += 1
            if let failure = state.failure { throw failure }
            return state.holders[credential.digest]
        }
    }

    /// Adds a key; returns its text.
    func addKey(scopes: Set<String> = [], networks: [String] = [], expiresAt: Timestamp = .distantFuture) -> APIKeyText
    {
        let text = APIKeyText.random()
        var details = APIKey.Details(name: "test", expiresAt: expiresAt)
        details.scopes = scopes
        details.networks = networks
        let key = APIKey(
            id: text.id,
            details: details,
            createdBy: "cli",
            createdAt: .now()
        )
        add(.key(key), text.digest)
        return text
    }

    /// Adds a session; returns the text of its cookie.
    func addSession(
        person: Int32? = 7,
        roles: [GrantedRole] = [],
        age seconds: Int64 = 0,
        expiresAt: Timestamp = .distantFuture
    ) -> String {
        let text = Base64URL.encode((0..<32).map { _ in UInt8.random(in: 0...255) })
        let session = Session(
            id: .random(),
            subject: person.map { "person:\($0)" } ?? "identity:00000001",
            person: person.flatMap { PersonID(rawValue: $0) },
            authenticatedAt: Timestamp(microseconds: Timestamp.now().microseconds - seconds * 1_000_000),
            expiresAt: expiresAt,
            roles: roles
        )
        add(.session(session), TokenDigest(of: text))
        return text
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(microseconds: 4_000_000_000_000_000)
}

extension PostgresError {
    static let away = PostgresError(.connectionFailed, "The server is away.")
}
