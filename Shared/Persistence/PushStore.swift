package import Credentials
package import Models
package import Postgres

/// The browsers that get push messages, in the database.
package struct PushStore: Sendable {
    /// The maximum number of a person's browsers; a further one replaces the oldest.
    package static let maximumPerPerson = 5

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// A person's subscriptions, the earliest first.
    package func subscriptions(of person: PersonID) async throws -> [PushSubscription] {
        try await client.query(
            """
            SELECT id, origin, created_at FROM push_subscription WHERE person_id = \(person) ORDER BY created_at, id
            """
        ).decode(String.self, String.self, PostgresTimestamp.self).map {
            PushSubscription(id: $0.0, origin: $0.1, createdAt: Timestamp($0.2))
        }
    }

    /// Adds a subscription in the place of another one with the same endpoint, whose waiting messages are dropped.
    ///
    /// - Parameters:
    ///   - subscription: the id, the origin and the time.
    ///   - digest: the digest of the endpoint.
    ///   - sealed: the endpoint and the keys, encrypted.
    ///   - person: who gets its messages.
    ///   - session: the session whose end removes it; `nil` for none.
    /// - Returns: `false` if no person has this number.
    /// - Throws: `PostgresError`.
    package func add(
        _ subscription: PushSubscription,
        digest: TokenDigest,
        sealed: [UInt8],
        of person: PersonID,
        session: String?
    ) async throws -> Bool {
        do {
            try await client.withTransaction { connection in
                try await connection.execute("SELECT pg_advisory_xact_lock(\(AdvisoryLock.push))")
                try await connection.execute("DELETE FROM push_subscription WHERE digest = \(digest.bytes)")
                try await connection.execute(
                    """
                    INSERT INTO push_subscription (id, person_id, session, digest, origin, sealed, created_at)
                    VALUES (
                        \(subscription.id), \(person), \(session), \(digest.bytes), \(subscription.origin), \(sealed),
                        \(subscription.createdAt.postgres)
                    )
                    """
                )
                try await connection.execute(
                    """
                    DELETE FROM push_subscription WHERE id IN (
                        SELECT id FROM push_subscription WHERE person_id = \(person)
                        ORDER BY id = \(subscription.id) DESC, created_at DESC, id OFFSET \(Self.maximumPerPerson)
                    )
                    """
                )
            }
            return true
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            return false
        }
    }

    /// Removes a subscription of a person, with its messages; `false` if the person has none with this id.
    package func remove(_ id: String, of person: PersonID) async throws -> Bool {
        try await client.execute("DELETE FROM push_subscription WHERE id = \(id) AND person_id = \(person)") == 1
    }
}
