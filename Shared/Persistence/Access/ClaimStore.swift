package import Credentials
package import Models
package import Postgres

/// The use of a claim.
package enum ClaimKind: String, CaseIterable, Sendable {
    /// Its holder logs in as the person.
    case login
    /// Its holder registers a phone of the person.
    case phone
}

/// The claims in the database: codes that prove once that their holder is a person.
package struct ClaimStore: Sendable {
    /// The maximum number of open claims per person.
    package static let maximumPerPerson = 20
    /// How long a claim counts, in seconds.
    package static let lifetime = 259_200

    /// The outcome of a creation.
    package enum Creation: Equatable, Sendable {
        /// The claim counts until a time.
        case created(expiresAt: Timestamp)
        /// No person has this number.
        case noSuchPerson
        /// The person has ``maximumPerPerson`` open claims.
        case tooMany
    }

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Stores a new claim.
    package func create(
        _ digest: TokenDigest,
        for person: PersonID,
        _ kind: ClaimKind,
        by subject: String
    ) async throws -> Creation {
        let rows = try await client.query(
            """
            INSERT INTO claim (digest, person_id, kind, created_by, expires_at)
            SELECT \(digest.bytes), id, \(kind.rawValue), \(subject),
                now() + make_interval(secs => \(Double(Self.lifetime)))
            FROM person WHERE id = \(person) AND (
                SELECT count(*) FROM claim WHERE person_id = \(person) AND used_at IS NULL AND expires_at > now()
            ) < \(Self.maximumPerPerson)
            RETURNING expires_at
            """
        )
        if let expiry = try rows.column(PostgresTimestamp.self).first { return .created(expiresAt: Timestamp(expiry)) }
        return try await client.query("SELECT id FROM person WHERE id = \(person)").isEmpty ? .noSuchPerson : .tooMany
    }

    /// Uses an open claim, which then counts no more; `nil` if the digest is of none.
    package func use(_ digest: TokenDigest, _ kind: ClaimKind) async throws -> PersonID? {
        try await client.withConnection { try await Self.use(digest, kind, on: $0) }
    }

    static func use(
        _ digest: TokenDigest,
        _ kind: ClaimKind,
        on connection: PostgresConnection
    ) async throws -> PersonID? {
        try await connection.query(
            """
            UPDATE claim SET used_at = now()
            WHERE digest = \(digest.bytes) AND kind = \(kind.rawValue) AND used_at IS NULL AND expires_at > now()
            RETURNING person_id
            """
        ).column(PersonID.self).first
    }

    /// Removes claims a month after their end.
    package func removeExpired() async throws {
        try await client.execute("DELETE FROM claim WHERE expires_at < now() - interval '30 days'")
    }
}
