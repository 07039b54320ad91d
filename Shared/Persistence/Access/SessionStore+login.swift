package import Access
package import Credentials
package import Models
internal import Postgres

extension SessionStore {
    /// How long a session counts at most, in seconds.
    package static let lifetime = 43_200
    /// The maximum number of sessions of a subject; a further login ends the oldest one.
    package static let maximumPerSubject = 20

    /// Logs in the person of an open claim, which then counts no more.
    ///
    /// - Parameters:
    ///   - claim: the digest of the claim's code.
    ///   - token: the digest of the new session's cookie.
    /// - Returns: the session; `nil` if the claim does not count.
    /// - Throws: an error of the database; then the claim still counts.
    package func logIn(byClaim claim: TokenDigest, _ token: TokenDigest) async throws -> Session? {
        try await client.withTransaction { connection in
            guard let person = try await ClaimStore.use(claim, .login, on: connection) else { return nil }
            return try await Self.insert(token, subject: "person:\(person.rawValue)", person: person, on: connection)
        }
    }

    /// Logs in a subject whose identity an issuer has proved.
    ///
    /// - Parameters:
    ///   - subject: the name in roles and the audit.
    ///   - person: the person that the identity is.
    ///   - token: the digest of the new session's cookie.
    ///   - time: when the person proved who they are, at the issuer; now if `nil`.
    /// - Returns: the session.
    /// - Throws: an error of the database.
    package func logIn(
        _ subject: String,
        person: PersonID?,
        _ token: TokenDigest,
        authenticatedAt time: Timestamp?
    ) async throws -> Session? {
        try await client.withTransaction { connection in
            try await Self.insert(token, subject: subject, person: person, authenticatedAt: time, on: connection)
        }
    }

    private static func insert(
        _ token: TokenDigest,
        subject: String,
        person: PersonID?,
        authenticatedAt time: Timestamp? = nil,
        on connection: PostgresConnection
    ) async throws -> Session? {
        try await connection.execute(
            """
            INSERT INTO access_session (digest, id, subject, person_id, authenticated_at, expires_at)
            VALUES (
                \(token.bytes), \(CredentialID.random().text), \(subject), \(person),
                least(now(), coalesce(\(time?.postgres), now())), now() + make_interval(secs => \(Double(lifetime)))
            )
            """
        )
        try await connection.execute(
            """
            DELETE FROM access_session WHERE digest IN (
                SELECT digest FROM access_session WHERE subject = \(subject)
                ORDER BY digest = \(token.bytes) DESC, created_at DESC OFFSET \(maximumPerSubject)
            )
            """
        )
        return try await use(token, on: connection)
    }

    /// Ends a session at once; `false` if no session has this id.
    package func end(_ id: CredentialID) async throws -> Bool {
        try await client.execute("DELETE FROM access_session WHERE id = \(id.text)") == 1
    }

    /// Ends all sessions of a subject at once; returns their number.
    package func endAll(of subject: String) async throws -> Int {
        try await client.execute("DELETE FROM access_session WHERE subject = \(subject)")
    }

    /// When a session ends; `nil` if no session has this id.
    package func expiry(of id: CredentialID) async throws -> Timestamp? {
        try await client.query("SELECT expires_at FROM access_session WHERE id = \(id.text)")
            .column(PostgresTimestamp.self).first.map { Timestamp($0) }
    }

    /// Removes sessions that do not count any more.
    package func removeExpired() async throws {
        try await client.execute(
            """
            DELETE FROM access_session
            WHERE expires_at < now() OR used_at < \(fragment: Self.idleSince)
            """
        )
    }
}
