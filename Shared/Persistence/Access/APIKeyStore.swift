package import Access
package import Credentials
package import Models
package import Postgres

/// An API key without its secret.
package struct APIKey: Hashable, Sendable {
    /// The settings of a new key.
    package struct Details: Hashable, Sendable {
        /// Its purpose, in the words of its owner.
        package var name: String
        /// The scopes, such as `persons.read`.
        package var scopes: Set<String> = []
        /// The events that it is limited to; all events if empty.
        package var events: Set<EventID> = []
        /// The networks that may use it, such as `10.0.0.0/8`; all networks if empty.
        package var networks: [String] = []
        /// How many units it may use in a day; no limit of its own if `nil`.
        package var dailyLimit: Int64?
        /// The last moment at which it counts.
        package var expiresAt: Timestamp

        package init(name: String, expiresAt: Timestamp) {
            self.name = name
            self.expiresAt = expiresAt
        }
    }

    /// The id, a part of the key's text.
    package let id: CredentialID
    /// The id of the first key that it replaces by rotation, or its own; both use one daily limit.
    package let account: CredentialID
    /// The settings.
    package let details: Details
    /// The subject that created it.
    package let createdBy: String
    /// When it was created.
    package let createdAt: Timestamp
    /// The hour of its last use.
    package let usedAt: Timestamp?
    /// When it was revoked.
    package let revokedAt: Timestamp?

    package init(
        id: CredentialID,
        account: CredentialID? = nil,
        details: Details,
        createdBy: String,
        createdAt: Timestamp,
        usedAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.account = account ?? id
        self.details = details
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.usedAt = usedAt
        self.revokedAt = revokedAt
    }
}

/// The API keys in the database.
package struct APIKeyStore: Sendable {
    /// The maximum number of keys that count at a time.
    package static let maximumKeys = 10_000

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Stores a new key; `nil` if there are ``maximumKeys``, or if the id is taken.
    package func create(_ key: APIKeyText, _ details: APIKey.Details, by subject: String) async throws -> APIKey? {
        try await client.withConnection { try await Self.insert(key, key.id, details, by: subject, on: $0) }
    }

    private static func insert(
        _ key: APIKeyText,
        _ account: CredentialID,
        _ details: APIKey.Details,
        by subject: String,
        on connection: PostgresConnection
    ) async throws -> APIKey? {
        let rows = try await connection.query(
            """
            INSERT INTO api_key (id, account, digest, name, scopes, events, networks, daily_limit, created_by, expires_at)
            SELECT \(key.id.text), \(account.text), \(key.digest.bytes), \(details.name), \(details.scopes.sorted()),
                \(details.events.sorted()),
                ARRAY(SELECT network(n::inet) FROM unnest(\(details.networks)) WITH ORDINALITY AS t (n, i) ORDER BY i),
                \(details.dailyLimit), \(subject), \(details.expiresAt.postgres)
            WHERE (
                SELECT count(*) FROM api_key WHERE revoked_at IS NULL AND expires_at > now()
            ) < \(maximumKeys)
            ON CONFLICT (id) DO NOTHING
            RETURNING \(fragment: columns)
            """
        )
        return try keys(rows).first
    }

    /// Finds a key by its id and its digest, and records its use, at most once an hour.
    package func use(_ id: CredentialID, digest: TokenDigest) async throws -> APIKey? {
        try Self.keys(
            await client.query(
                """
                WITH used AS (
                    UPDATE api_key SET used_at = date_trunc('hour', now())
                    WHERE id = \(id.text) AND digest = \(digest.bytes)
                        AND used_at IS DISTINCT FROM date_trunc('hour', now())
                )
                SELECT \(fragment: Self.columns) FROM api_key WHERE id = \(id.text) AND digest = \(digest.bytes)
                """
            )
        ).first
    }

    /// Finds a key by its id.
    package func key(_ id: CredentialID) async throws -> APIKey? {
        try Self.keys(
            await client.query("SELECT \(fragment: Self.columns) FROM api_key WHERE id = \(id.text)")
        ).first
    }

    /// Returns keys in the order of their ids, after one of them.
    package func keys(after id: CredentialID?, limit: Int) async throws -> [APIKey] {
        try Self.keys(
            await client.query(
                """
                SELECT \(fragment: Self.columns) FROM api_key
                WHERE id > \(id?.text ?? "") ORDER BY id LIMIT \(limit)
                """
            )
        )
    }

    /// Stores a second key with the settings of a valid one, which then counts for another day at most.
    ///
    /// - Returns: the new key; `nil` if no valid key has this id.
    package func rotate(
        _ id: CredentialID,
        to key: APIKeyText,
        expiresAt: Timestamp,
        by subject: String
    ) async throws -> APIKey? {
        try await client.withTransaction { connection in
            let found = try Self.keys(
                await connection.query(
                    """
                    UPDATE api_key SET expires_at = least(expires_at, now() + interval '1 day')
                    WHERE id = \(id.text) AND revoked_at IS NULL AND expires_at > now()
                    RETURNING \(fragment: Self.columns)
                    """
                )
            )
            guard let old = found.first else { return nil }
            var details = old.details
            details.expiresAt = expiresAt
            return try await Self.insert(key, old.account, details, by: subject, on: connection)
        }
    }

    /// Revokes a key at once; `false` if no key that is not revoked has this id.
    package func revoke(_ id: CredentialID) async throws -> Bool {
        try await client.execute(
            "UPDATE api_key SET revoked_at = now() WHERE id = \(id.text) AND revoked_at IS NULL"
        ) == 1
    }

    private static let columns: PostgresQuery = """
        id, account, name, scopes, events, networks::text[], daily_limit, expires_at, created_by, created_at, used_at, revoked_at
        """

    private static func keys(_ rows: PostgresRows) throws -> [APIKey] {
        let rows = try rows.decode(
            String.self,
            String.self,
            String.self,
            [String].self,
            [EventID].self,
            [String].self,
            Int64?.self,
            PostgresTimestamp.self,
            String.self,
            PostgresTimestamp.self,
            PostgresTimestamp?.self,
            PostgresTimestamp?.self
        )
        return try rows.map {
            id,
            account,
            name,
            scopes,
            events,
            networks,
            limit,
            expiry,
            creator,
            creation,
            use,
            revocation in
            guard let id = CredentialID(id), let account = CredentialID(account) else {
                throw PostgresError(.decoding, "A stored API key has an invalid id.")
            }
            var details = APIKey.Details(name: name, expiresAt: Timestamp(expiry))
            details.scopes = Set(scopes)
            details.events = Set(events)
            details.networks = networks
            details.dailyLimit = limit
            return APIKey(
                id: id,
                account: account,
                details: details,
                createdBy: creator,
                createdAt: Timestamp(creation),
                usedAt: use.map { Timestamp($0) },
                revokedAt: revocation.map { Timestamp($0) }
            )
        }
    }
}
