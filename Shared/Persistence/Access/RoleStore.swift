internal import Access
package import Models
package import Postgres

/// A role of a subject, as it was granted.
package struct RoleGrant: Hashable, Sendable {
    /// The subject: `person:7` or `identity:3f9a01bc`.
    package let subject: String
    /// The role, and the event that it is limited to.
    package let role: GrantedRole
    /// The subject that granted it.
    package let grantedBy: String
    /// When it was granted.
    package let grantedAt: Timestamp
}

/// The roles in the database.
package struct RoleStore: Sendable {
    /// The maximum number of roles in a list.
    package static let maximumListed = 10_000

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Returns all roles in the order of their subjects, at most ``maximumListed``.
    package func grants() async throws -> [RoleGrant] {
        try await client.query(
            """
            SELECT subject, role, event_id, granted_by, granted_at FROM access_role
            ORDER BY subject, role, event_id LIMIT \(Self.maximumListed)
            """
        ).decode(String.self, String.self, EventID?.self, String.self, PostgresTimestamp.self)
            .compactMap { subject, role, event, grantor, time in
                Role(rawValue: role).map { role in
                    RoleGrant(
                        subject: subject,
                        role: GrantedRole(role: role, event: event),
                        grantedBy: grantor,
                        grantedAt: Timestamp(time)
                    )
                }
            }
    }

    /// Grants a role.
    ///
    /// - Returns: whether it is new; `nil` if the person or the event does not exist.
    package func grant(_ role: GrantedRole, to subject: String, by grantor: String) async throws -> Bool? {
        do {
            return try await client.execute(
                """
                INSERT INTO access_role (subject, role, event_id, granted_by)
                VALUES (\(subject), \(role.role.rawValue), \(role.event), \(grantor)) ON CONFLICT DO NOTHING
                """
            ) == 1
        } catch let error as PostgresError where error.sqlState == .foreignKeyViolation {
            return nil
        }
    }

    /// Revokes a role; `false` if the subject does not have it.
    package func revoke(_ role: GrantedRole, of subject: String) async throws -> Bool {
        try await client.execute(
            """
            DELETE FROM access_role WHERE subject = \(subject) AND role = \(role.role.rawValue)
                AND event_id IS NOT DISTINCT FROM \(role.event)
            """
        ) > 0
    }
}
