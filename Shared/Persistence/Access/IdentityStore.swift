package import Access
package import Models
package import Postgres

/// A person at an OpenID Connect issuer.
package struct StoredIdentity: Hashable, Sendable {
    /// The id, by which roles are granted.
    package let id: CredentialID
    /// The person of the event, once a claim has connected them.
    package let person: PersonID?

    /// The name in roles, sessions and the audit: `person:7`, or `identity:3f9a01bc` without a person.
    package var subject: String {
        person.map { "person:\($0.rawValue)" } ?? "identity:\(id.text)"
    }
}

/// The identities in the database: subjects of issuers, never e-mail addresses, which can be given to others.
package struct IdentityStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Finds an identity, or adds it at its first login.
    package func find(issuer: String, subject: String) async throws -> StoredIdentity {
        let (text, person) = try await client.query(
            """
            INSERT INTO access_identity (id, issuer, subject, kind)
            VALUES (\(CredentialID.random().text), \(issuer), \(subject), 'staff')
            ON CONFLICT (issuer, subject) DO UPDATE SET seen_at = now()
            RETURNING id, person_id
            """
        ).single(String.self, PersonID?.self)
        guard let id = CredentialID(text) else {
            throw PostgresError(.decoding, "A stored identity has an invalid id.")
        }
        return StoredIdentity(id: id, person: person)
    }

    /// Connects an identity without a person with the person of a claim.
    ///
    /// - Returns: whether it is connected; not if it already had a person.
    package func connect(_ id: CredentialID, to person: PersonID) async throws -> Bool {
        try await client.execute(
            """
            UPDATE access_identity SET person_id = \(person), kind = 'attendee'
            WHERE id = \(id.text) AND person_id IS NULL
            """
        ) == 1
    }
}
