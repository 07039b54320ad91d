package import Access
package import Credentials
package import Models
package import Postgres

/// A login of a person in a browser.
package struct Session: Hashable, Sendable {
    /// The id, by which it can be ended; not its secret.
    package let id: CredentialID
    /// The name in roles and the audit: `person:7`, `identity:3f9a01bc`.
    package let subject: String
    /// The person that the identity is.
    package let person: PersonID?
    /// When the person last proved who they are.
    package let authenticatedAt: Timestamp
    /// The last moment at which it counts.
    package let expiresAt: Timestamp
    /// The roles besides that of an attendee.
    package let roles: [GrantedRole]
    /// The approved emergency access of an operator; it may have ended since.
    package let emergency: EmergencyAccess?

    package init(
        id: CredentialID,
        subject: String,
        person: PersonID?,
        authenticatedAt: Timestamp,
        expiresAt: Timestamp,
        roles: [GrantedRole],
        emergency: EmergencyAccess? = nil
    ) {
        self.id = id
        self.subject = subject
        self.person = person
        self.authenticatedAt = authenticatedAt
        self.expiresAt = expiresAt
        self.roles = roles
        self.emergency = emergency
    }
}

/// A role of a subject.
package struct GrantedRole: Hashable, Sendable {
    /// The role: organiser or operator.
    package let role: Role
    /// The event that it is limited to; all events if `nil`.
    package let event: EventID?

    package init(role: Role, event: EventID?) {
        self.role = role
        self.event = event
    }
}

/// The sessions in the database.
package struct SessionStore: Sendable {
    /// How long a session counts after its last use, in seconds.
    package static let idleTime = 7_200
    /// The same for a subject with a role, such as an organiser.
    package static let staffIdleTime = 1_800

    /// When the last use was too long ago for a session to count.
    static let idleSince: PostgresQuery = """
        now() - make_interval(secs => CASE
            WHEN EXISTS (SELECT FROM access_role r WHERE r.subject = access_session.subject) THEN \(Double(staffIdleTime))
            ELSE \(Double(idleTime))
        END)
        """

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Finds a session that counts, with the roles of its subject, and records its use.
    package func use(_ digest: TokenDigest) async throws -> Session? {
        try await client.withConnection { try await Self.use(digest, on: $0) }
    }

    static func use(_ digest: TokenDigest, on connection: PostgresConnection) async throws -> Session? {
        let rows = try await connection.query(
            """
            WITH used AS (
                UPDATE access_session SET used_at = now()
                WHERE digest = \(digest.bytes) AND expires_at > now()
                    AND used_at > \(fragment: idleSince)
                RETURNING id, subject, person_id, authenticated_at, expires_at
            )
            SELECT id, u.subject, u.person_id, authenticated_at, expires_at,
                ARRAY(SELECT role FROM access_role r WHERE r.subject = u.subject ORDER BY role, event_id),
                ARRAY(SELECT coalesce(event_id, 0) FROM access_role r WHERE r.subject = u.subject ORDER BY role, event_id)
            FROM used u
            """
        ).decode(
            String.self,
            String.self,
            PersonID?.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            [String].self,
            [Int32].self
        )
        guard let (id, subject, person, authentication, expiry, roles, events) = rows.first else { return nil }
        guard let id = CredentialID(id) else { throw PostgresError(.decoding, "A stored session has an invalid id.") }
        let granted = zip(roles, events).compactMap { role, event in
            Role(rawValue: role).map { GrantedRole(role: $0, event: EventID(rawValue: event)) }
        }
        return Session(
            id: id,
            subject: subject,
            person: person,
            authenticatedAt: Timestamp(authentication),
            expiresAt: Timestamp(expiry),
            roles: granted,
            emergency: granted.contains { $0.role == .operator }
                ? try await EmergencyStore.latest(of: subject, on: connection) : nil
        )
    }
}
