package import Access
package import Models
package import Postgres

/// An operator's access to personal data, for an hour, with the approval of another operator.
package struct EmergencyAccess: Hashable, Sendable {
    /// What an emergency access is at a moment.
    package enum State: String, Sendable {
        /// It waits for an approval.
        case requested
        /// It counts.
        case approved
        /// It was not approved in time, or was ended, or its hour is over.
        case ended
    }

    /// The id.
    package let id: CredentialID
    /// The operator who gets access.
    package let subject: String
    /// Why, in the operator's words.
    package let reason: String
    /// When it was requested.
    package let requestedAt: Timestamp
    /// The operator who approved it.
    package let approvedBy: String?
    /// When it was approved.
    package let approvedAt: Timestamp?
    /// The end of the access, or of the time for an approval.
    package let endsAt: Timestamp

    package init(
        id: CredentialID,
        subject: String,
        reason: String,
        requestedAt: Timestamp,
        approvedBy: String? = nil,
        approvedAt: Timestamp? = nil,
        endsAt: Timestamp
    ) {
        (self.id, self.subject, self.reason, self.requestedAt) = (id, subject, reason, requestedAt)
        (self.approvedBy, self.approvedAt, self.endsAt) = (approvedBy, approvedAt, endsAt)
    }

    /// The state at a moment.
    package func state(at now: Timestamp) -> State {
        guard now < endsAt else { return .ended }
        return approvedAt == nil ? .requested : .approved
    }
}

/// The emergency accesses in the database.
package struct EmergencyStore: Sendable {
    /// How long an approval counts, and how long a request waits for one, in seconds.
    package static let lifetime = 3_600
    /// The maximum number of open requests and accesses of an operator.
    package static let maximumPerSubject = 5
    /// The maximum number of accesses in a list.
    package static let maximumListed = 1_000

    /// The outcome of an approval.
    package enum Approval: Equatable, Sendable {
        /// The access counts from now on.
        case approved(EmergencyAccess)
        /// No request that waits has this id.
        case noSuchRequest
        /// The operator has requested it.
        case ownRequest
        /// The approver is no operator.
        case noOperator
    }

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Requests an access; `nil` if the operator has ``maximumPerSubject`` open ones.
    package func request(_ reason: String, for subject: String) async throws -> EmergencyAccess? {
        try Self.accesses(
            await client.query(
                """
                INSERT INTO emergency_access (id, subject, reason, ends_at)
                SELECT \(CredentialID.random().text), \(subject), \(reason), \(fragment: Self.end)
                WHERE (
                    SELECT count(*) FROM emergency_access WHERE subject = \(subject) AND ends_at > now()
                ) < \(Self.maximumPerSubject)
                RETURNING \(fragment: Self.columns)
                """
            )
        ).first
    }

    /// Approves a request of another operator, who then has access for an hour.
    package func approve(_ id: CredentialID, by approver: String) async throws -> Approval {
        let approved = try Self.accesses(
            await client.query(
                """
                UPDATE emergency_access SET approved_by = \(approver), approved_at = now(), ends_at = \(fragment: Self.end)
                WHERE id = \(id.text) AND approved_at IS NULL AND ends_at > now() AND subject <> \(approver)
                    AND EXISTS (SELECT FROM access_role WHERE subject = \(approver) AND role = 'operator')
                RETURNING \(fragment: Self.columns)
                """
            )
        )
        if let access = approved.first { return .approved(access) }
        let waiting = try Self.accesses(
            await client.query(
                """
                SELECT \(fragment: Self.columns) FROM emergency_access
                WHERE id = \(id.text) AND approved_at IS NULL AND ends_at > now()
                """
            )
        )
        guard let waiting = waiting.first else { return .noSuchRequest }
        return waiting.subject == approver ? .ownRequest : .noOperator
    }

    /// Ends an access or a request at once; `nil` if no open one has this id.
    package func end(_ id: CredentialID) async throws -> EmergencyAccess? {
        try Self.accesses(
            await client.query(
                """
                UPDATE emergency_access SET ends_at = now() WHERE id = \(id.text) AND ends_at > now()
                RETURNING \(fragment: Self.columns)
                """
            )
        ).first
    }

    /// Finds an access.
    package func access(_ id: CredentialID) async throws -> EmergencyAccess? {
        try Self.accesses(
            await client.query("SELECT \(fragment: Self.columns) FROM emergency_access WHERE id = \(id.text)")
        ).first
    }

    /// Returns all accesses, the latest first, at most ``maximumListed``.
    package func list() async throws -> [EmergencyAccess] {
        try Self.accesses(
            await client.query(
                """
                SELECT \(fragment: Self.columns) FROM emergency_access
                ORDER BY requested_at DESC, id LIMIT \(Self.maximumListed)
                """
            )
        )
    }

    /// The approved access of an operator that ends last; `nil` without one that counts.
    static func latest(of subject: String, on connection: PostgresConnection) async throws -> EmergencyAccess? {
        try accesses(
            await connection.query(
                """
                SELECT \(fragment: columns) FROM emergency_access
                WHERE subject = \(subject) AND approved_at IS NOT NULL AND ends_at > now() ORDER BY ends_at DESC LIMIT 1
                """
            )
        ).first
    }

    private static let end: PostgresQuery = "now() + make_interval(secs => \(Double(lifetime)))"

    private static let columns: PostgresQuery = "id, subject, reason, requested_at, approved_by, approved_at, ends_at"

    private static func accesses(_ rows: PostgresRows) throws -> [EmergencyAccess] {
        try rows.decode(
            String.self,
            String.self,
            String.self,
            PostgresTimestamp.self,
            String?.self,
            PostgresTimestamp?.self,
            PostgresTimestamp.self
        ).map { id, subject, reason, request, approver, approval, end in
            guard let id = CredentialID(id) else {
                throw PostgresError(.decoding, "A stored emergency access has an invalid id.")
            }
            return EmergencyAccess(
                id: id,
                subject: subject,
                reason: reason,
                requestedAt: Timestamp(request),
                approvedBy: approver,
                approvedAt: approval.map { Timestamp($0) },
                endsAt: Timestamp(end)
            )
        }
    }
}
