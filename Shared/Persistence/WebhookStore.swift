package import Models
package import Postgres

/// The subscriptions in the database.
package struct WebhookStore: Sendable {
    /// The maximum number of subscriptions.
    package static let maximumWebhooks = 10_000
    /// How long the previous secret counts after a rotation.
    package static let overlap = "1 day"

    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Stores a new subscription.
    ///
    /// - Parameters:
    ///   - id: the new id.
    ///   - details: the settings.
    ///   - secret: the encrypted secret.
    ///   - subject: who creates it.
    /// - Returns: the subscription; `nil` if there are ``maximumWebhooks``.
    /// - Throws: `PostgresError`.
    package func create(
        _ id: String,
        _ details: Webhook.Details,
        secret: [UInt8],
        by subject: String
    ) async throws -> Webhook? {
        try Self.webhooks(
            await client.query(
                """
                INSERT INTO webhook (
                    id, name, url, types, events, persons, zones, is_ordered, is_enabled, secret, created_by
                )
                SELECT \(id), \(details.name), \(details.url), \(details.types.map(\.rawValue).sorted()),
                    \(details.events.sorted()), \(details.persons.sorted()), \(details.zones.sorted()),
                    \(details.isOrdered), \(details.isEnabled), \(secret), \(subject)
                WHERE (SELECT count(*) FROM webhook) < \(Self.maximumWebhooks)
                RETURNING \(fragment: Self.columns)
                """
            )
        ).first
    }

    /// Finds a subscription.
    package func webhook(_ id: String) async throws -> Webhook? {
        try Self.webhooks(
            await client.query("SELECT \(fragment: Self.columns) FROM webhook WHERE id = \(id)")
        ).first
    }

    /// Returns subscriptions in the order of their ids, after one of them.
    ///
    /// - Parameters:
    ///   - id: the page starts after it.
    ///   - limit: how many are returned at most.
    ///   - events: only subscriptions that are limited to some of these events; all if empty.
    /// - Returns: the subscriptions.
    /// - Throws: `PostgresError`.
    package func webhooks(after id: String?, limit: Int, of events: Set<EventID>) async throws -> [Webhook] {
        try Self.webhooks(
            await client.query(
                """
                SELECT \(fragment: Self.columns) FROM webhook
                WHERE id > \(id ?? "") AND (cardinality(\(events.sorted())) = 0
                    OR cardinality(events) > 0 AND events <@ \(events.sorted()))
                ORDER BY id LIMIT \(limit)
                """
            )
        )
    }

    /// Replaces the settings, and forgets why the sender disabled it and how often it failed; `nil` if no subscription has
    /// this id.
    package func replace(_ id: String, _ details: Webhook.Details) async throws -> Webhook? {
        try Self.webhooks(
            await client.query(
                """
                UPDATE webhook SET (
                    name, url, types, events, persons, zones, is_ordered, is_enabled, disabled_reason, failures, closed_until
                ) = (
                    \(details.name), \(details.url), \(details.types.map(\.rawValue).sorted()),
                    \(details.events.sorted()), \(details.persons.sorted()), \(details.zones.sorted()),
                    \(details.isOrdered), \(details.isEnabled), NULL, 0, NULL
                )
                WHERE id = \(id)
                RETURNING \(fragment: Self.columns)
                """
            )
        ).first
    }

    /// Replaces the secret, and keeps the present one for another day; `nil` if no subscription has this id.
    package func rotate(_ id: String, to secret: [UInt8]) async throws -> Webhook? {
        try Self.webhooks(
            await client.query(
                """
                UPDATE webhook
                SET (secret, previous_secret, previous_until) = (\(secret), secret, now() + \(Self.overlap)::interval)
                WHERE id = \(id)
                RETURNING \(fragment: Self.columns)
                """
            )
        ).first
    }

    /// Removes a subscription and its deliveries; `false` if no subscription has this id.
    package func remove(_ id: String) async throws -> Bool {
        try await client.execute("DELETE FROM webhook WHERE id = \(id)") == 1
    }

    private static let columns: PostgresQuery = """
        id, name, url, types, events, persons, zones, is_ordered, is_enabled, disabled_reason, created_by, created_at,
        previous_until, failures, closed_until
        """

    private static func webhooks(_ rows: PostgresRows) throws -> [Webhook] {
        let rows = try rows.decode(
            String.self,
            String.self,
            String.self,
            [String].self,
            [EventID].self,
            [PersonID].self,
            [ZoneID].self,
            Bool.self,
            Bool.self,
            String?.self,
            String.self,
            PostgresTimestamp.self,
            PostgresTimestamp?.self,
            Int32.self,
            PostgresTimestamp?.self
        )
        return rows.map { row in
            var details = Webhook.Details(
                name: row.1,
                url: row.2,
                types: Set(row.3.compactMap { DomainEventType(rawValue: $0) })
            )
            (details.events, details.persons, details.zones) = (Set(row.4), Set(row.5), Set(row.6))
            (details.isOrdered, details.isEnabled) = (row.7, row.8)
            return Webhook(
                id: row.0,
                details: details,
                disabledReason: row.9,
                createdBy: row.10,
                createdAt: Timestamp(row.11),
                previousUntil: row.12.map { Timestamp($0) },
                failures: row.13,
                closedUntil: row.14.map { Timestamp($0) }
            )
        }
    }
}
