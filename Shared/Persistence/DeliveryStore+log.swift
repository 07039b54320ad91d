package import Models
internal import Postgres

extension DeliveryStore {
    /// Returns deliveries of a subscription, the latest first.
    ///
    /// - Parameters:
    ///   - webhook: the subscription.
    ///   - state: only deliveries in this state; all if `nil`.
    ///   - id: only deliveries before this one; from the latest on if `nil`.
    ///   - limit: how many are returned at most.
    /// - Returns: the deliveries.
    /// - Throws: `PostgresError`.
    package func deliveries(
        of webhook: String,
        in state: WebhookDelivery.State? = nil,
        before id: Int64? = nil,
        limit: Int
    ) async throws -> [WebhookDelivery] {
        let rows = try await client.query(
            """
            (
                SELECT d.id, e.subject, e.revision, e.type, d.state, d.attempt, d.created_at, d.due_at, d.finished_at, d.status,
                    d.error
                FROM webhook_delivery d JOIN domain_event e ON e.position = d.position
                WHERE d.webhook_id = \(webhook) AND d.id < \(id ?? .max)
                    AND (\(state?.rawValue) IS NULL OR d.state = \(state?.rawValue))
                ORDER BY d.id DESC LIMIT \(limit)
            ) UNION ALL (
                SELECT b.id * \(ClaimedBatch.capacity) + p.number - 1, e.subject, e.revision, e.type,
                    CASE WHEN b.finished_at IS NULL THEN 'pending' ELSE 'delivered' END,
                    b.attempt, b.created_at, b.due_at, b.finished_at, p.status, NULL
                FROM webhook_batch b
                CROSS JOIN LATERAL unnest(b.positions, b.statuses) WITH ORDINALITY AS p (position, status, number)
                JOIN domain_event e ON e.position = p.position
                WHERE b.webhook_id = \(webhook) AND b.id <= \((id ?? .max) / Int64(ClaimedBatch.capacity))
                    AND b.id * \(ClaimedBatch.capacity) + p.number - 1 < \(id ?? .max)
                    AND \(fragment: Self.batches(in: state))
                    AND CASE WHEN b.finished_at IS NULL THEN p.number > b.unpacked ELSE p.status IS NOT NULL END
                ORDER BY b.id DESC, p.number DESC LIMIT \(limit)
            )
            ORDER BY id DESC LIMIT \(limit)
            """
        ).decode(
            Int64.self,
            String.self,
            Int32.self,
            String.self,
            String.self,
            Int32.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            PostgresTimestamp?.self,
            Int32?.self,
            String?.self
        )
        return rows.compactMap { row in
            guard let type = DomainEventType(rawValue: row.3), let state = WebhookDelivery.State(rawValue: row.4) else {
                return nil
            }
            return WebhookDelivery(
                id: row.0,
                messageID: DomainEvent.messageID(row.1, row.2),
                type: type,
                state: state,
                attempts: row.5,
                createdAt: Timestamp(row.6),
                dueAt: Timestamp(row.7),
                finishedAt: row.8.map { Timestamp($0) },
                status: row.9,
                error: row.10
            )
        }
    }

    /// The batches that have deliveries in a state, as plain conditions, so that an index serves each.
    private static func batches(in state: WebhookDelivery.State?) -> PostgresQuery {
        switch state {
        case nil: "true"
        case .pending: "b.finished_at IS NULL"
        case .delivered: "b.finished_at IS NOT NULL"
        case .dead, .withheld: "false"
        }
    }

    /// Sends dead letters again: one delivery, or all of a subscription if `id` is `nil`, a thousand at most.
    ///
    /// - Returns: how many are due again.
    package func replay(_ id: Int64? = nil, of webhook: String) async throws -> Int {
        try await client.execute(
            """
            UPDATE webhook_delivery
            SET state = 'pending', attempt = 0, created_at = now(), due_at = now(), finished_at = NULL, status = NULL,
                error = NULL
            WHERE id IN (
                SELECT id FROM webhook_delivery
                WHERE webhook_id = \(webhook) AND state = 'dead' AND (\(id) IS NULL OR id = \(id))
                ORDER BY id LIMIT 1000
            )
            """
        )
    }
}
