package import Access
package import Postgres

/// A change of credentials or roles.
package enum AccessChange: Hashable, Sendable {
    /// An API key was added, changed or revoked.
    case key(CredentialID)
    /// A session was changed or ended.
    case session(CredentialID)
    /// A role of a subject was granted or revoked.
    case role(subject: String)
    /// Nothing has changed; the database reports changes.
    case beat

    /// Reads the text of a notification: `key:<id>`, `session:<id>`, `role:<subject>` or `beat`.
    package init?(_ text: String) {
        guard text != "beat" else {
            self = .beat
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        switch parts[0] {
        case "key":
            guard let id = CredentialID(parts[1]) else { return nil }
            self = .key(id)
        case "session":
            guard let id = CredentialID(parts[1]) else { return nil }
            self = .session(id)
        case "role": self = .role(subject: String(parts[1]))
        default: return nil
        }
    }

    /// Listens for changes of credentials and roles.
    ///
    /// - Throws: `PostgresError` if the process has no file descriptor left.
    package static func changes(in client: PostgresClient) throws -> ChangeFeed<AccessChange> {
        try ChangeFeed(of: "access_changed", in: client) { AccessChange($0) }
    }

    /// Sends ``beat`` to every process that listens, so that each of them knows that the database reports changes.
    package static func sendBeat(in client: PostgresClient) async throws {
        try await client.query("SELECT pg_notify('access_changed', 'beat')::text")
    }
}
