internal import Models
internal import Postgres

extension DeliveryStore {
    // MARK: Batches

    /// Claims due batches, one of each endpoint, which is open and not ordered: no other sender gets them before the claim ends.
    ///
    /// One index probe per endpoint.
    ///
    /// - Parameters:
    ///   - limit: how many are claimed at most.
    ///   - endpoints: the endpoints that are asked for.
    /// - Returns: the batches, with those of their deliveries whose event still exists.
    /// - Throws: `PostgresError`.
    package func claimBatches(limit: Int, of endpoints: [String]) async throws -> [ClaimedBatch] {
        let rows = try await client.query(
            """
            WITH due AS MATERIALIZED (
                SELECT b.id FROM (
                    SELECT id FROM webhook
                    WHERE id = ANY(\(endpoints)) AND is_enabled AND NOT is_ordered
                        AND failures < \(rules.failuresToClose) AND coalesce(closed_until <= now(), true)
                    ORDER BY id < \(Self.pivot()), id
                ) AS w
                CROSS JOIN LATERAL (
                    SELECT b.id FROM webhook_batch b
                    WHERE b.webhook_id = w.id AND b.finished_at IS NULL AND b.due_at <= now()
                    ORDER BY b.id LIMIT 1
                    FOR UPDATE SKIP LOCKED
                ) AS b
                LIMIT \(limit)
            )
            UPDATE webhook_batch b
            SET attempt = b.attempt + 1, due_at = now() + \(rules.claimTime) * interval '1 microsecond'
            FROM due, webhook w, \(fragment: Self.unsynchronised)
            WHERE b.id = due.id AND w.id = b.webhook_id
            RETURNING b.id, b.attempt, b.created_at, b.unpacked, b.positions, \(fragment: Self.endpoint)
            """
        ).decode(
            Int64.self,
            Int32.self,
            PostgresTimestamp.self,
            Int32.self,
            [Int64].self,
            String.self,
            String.self,
            [UInt8].self,
            [UInt8]?.self
        )
        let events = try await events(at: rows.flatMap { $0.4.dropFirst(Int($0.3)) })
        return rows.map { id, attempt, createdAt, unpacked, positions, webhook, url, secret, previous in
            let deliveries = positions.enumerated().dropFirst(Int(unpacked)).compactMap { place, position in
                events[position].map { event in
                    ClaimedDelivery(
                        id: id * Int64(ClaimedBatch.capacity) + Int64(place),
                        attempt: attempt,
                        createdAt: Timestamp(createdAt),
                        webhook: webhook,
                        url: url,
                        secrets: [secret] + [previous].compactMap { $0 },
                        event: event.event,
                        isConsented: event.isConsented
                    )
                }
            }
            return ClaimedBatch(id: id, attempt: attempt, unpacked: unpacked, webhook: webhook, deliveries: deliveries)
        }
    }

    /// Makes rows of the first due deliveries of batches, for endpoints that get no whole batches and have no due row.
    ///
    /// An ordered subscription gets the rows of its first batch, once it has no earlier pending row. Two or three index probes per
    /// endpoint.
    ///
    /// - Parameters:
    ///   - limit: how many batches change at most.
    ///   - share: how many rows an endpoint gets at most, unless it is ordered.
    ///   - fast: the endpoints that get whole batches while they are open.
    ///   - excluded: endpoints that get none.
    /// - Throws: `PostgresError`.
    package func unpack(
        limit: Int,
        of share: Int,
        unlessFast fast: [String] = [],
        except excluded: [String] = []
    ) async throws {
        try await client.execute(
            """
            WITH taken AS MATERIALIZED (
                SELECT b.id, b.share FROM (
                    SELECT id, is_ordered, failures FROM webhook
                    WHERE is_enabled AND coalesce(closed_until <= now(), true) AND id <> ALL(\(excluded))
                        AND (is_ordered OR failures >= \(rules.failuresToClose) OR id <> ALL(\(fast)))
                    ORDER BY id < \(Self.pivot()), id
                ) AS w
                CROSS JOIN LATERAL (
                    SELECT b.id, CASE
                        WHEN w.is_ordered THEN \(ClaimedBatch.capacity)
                        WHEN w.failures >= \(rules.failuresToClose) THEN 1
                        ELSE \(share)
                    END AS share
                    FROM webhook_batch b
                    WHERE b.webhook_id = w.id AND b.finished_at IS NULL AND b.due_at <= now()
                        AND (NOT w.is_ordered OR b.id = (
                            SELECT min(m.id) FROM webhook_batch m WHERE m.webhook_id = w.id AND m.finished_at IS NULL
                        ))
                        AND NOT EXISTS (
                            SELECT FROM webhook_delivery d
                            WHERE d.webhook_id = w.id AND d.state = 'pending' AND CASE
                                WHEN w.is_ordered THEN d.id < b.id * \(ClaimedBatch.capacity) + b.unpacked
                                ELSE d.due_at <= now()
                            END
                        )
                    ORDER BY b.id LIMIT 1
                    FOR UPDATE SKIP LOCKED
                ) AS b
                LIMIT \(limit)
            ), kept AS (
                UPDATE webhook_batch b SET unpacked = b.unpacked + t.share
                FROM taken t WHERE b.id = t.id AND b.unpacked + t.share < cardinality(b.positions)
                RETURNING b.*, b.unpacked - t.share AS first, b.unpacked AS last
            ), ended AS (
                DELETE FROM webhook_batch b USING taken t
                WHERE b.id = t.id AND b.unpacked + t.share >= cardinality(b.positions)
                RETURNING b.*, b.unpacked AS first, cardinality(b.positions) AS last
            )
            INSERT INTO webhook_delivery (id, webhook_id, position, attempt, created_at)
            OVERRIDING SYSTEM VALUE
            SELECT b.id * \(ClaimedBatch.capacity) + p.number - 1, b.webhook_id, e.position, b.attempt, b.created_at
            FROM (TABLE kept UNION ALL TABLE ended) AS b
            CROSS JOIN LATERAL unnest(b.positions) WITH ORDINALITY AS p (position, number)
            JOIN domain_event e ON e.position = p.position
            WHERE p.number > b.first AND p.number <= b.last
            ON CONFLICT DO NOTHING
            """
        )
    }

    // MARK: Rows

    /// Claims due deliveries that are rows: no other sender gets them before the claim ends.
    ///
    /// Each endpoint is asked for in turn, from a random one on, so that a long queue of one endpoint does not keep
    /// others waiting. One index probe per subscription.
    ///
    /// - Parameters:
    ///   - limit: how many are claimed at most.
    ///   - share: how many of one endpoint are claimed at most.
    ///   - selected: the endpoints that are asked for; all if `nil`.
    ///   - excluded: endpoints that are not asked for.
    /// - Returns: the deliveries in the order of their numbers.
    /// - Throws: `PostgresError`.
    package func claim(
        limit: Int,
        of share: Int,
        among selected: [String]? = nil,
        except excluded: [String] = []
    ) async throws -> [ClaimedDelivery] {
        let rows = try await client.query(
            """
            WITH due AS MATERIALIZED (
                SELECT d.id, w.id AS webhook_id, w.failures
                FROM (
                    SELECT id, is_ordered, failures FROM webhook
                    WHERE is_enabled AND coalesce(closed_until <= now(), true) AND id <> ALL(\(excluded))
                        AND (\(selected == nil) OR id = ANY(\(selected ?? [])))
                    ORDER BY id < \(Self.pivot()), id
                ) AS w
                CROSS JOIN LATERAL (
                    SELECT d.id FROM webhook_delivery d
                    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= now()
                        AND NOT (w.is_ordered AND EXISTS (
                            SELECT FROM webhook_delivery p
                            WHERE p.webhook_id = w.id AND p.state = 'pending' AND p.id < d.id
                        ))
                        AND NOT (w.is_ordered AND EXISTS (
                            SELECT FROM webhook_batch m
                            WHERE m.webhook_id = w.id AND m.finished_at IS NULL AND m.id <= d.id / \(ClaimedBatch.capacity)
                                AND m.id * \(ClaimedBatch.capacity) + m.unpacked < d.id
                        ))
                    ORDER BY d.id
                    LIMIT CASE WHEN w.is_ordered OR w.failures >= \(rules.failuresToClose) THEN 1 ELSE \(share) END
                    FOR UPDATE SKIP LOCKED
                ) AS d
                LIMIT \(limit)
            ), probed AS (
                UPDATE webhook SET closed_until = now() + \(rules.claimTime) * interval '1 microsecond'
                WHERE id IN (SELECT webhook_id FROM due WHERE failures >= \(rules.failuresToClose))
            )
            UPDATE webhook_delivery d
            SET attempt = d.attempt + 1, due_at = now() + \(rules.claimTime) * interval '1 microsecond'
            FROM due, webhook w, \(fragment: Self.unsynchronised)
            WHERE d.id = due.id AND w.id = d.webhook_id
            RETURNING d.id, d.attempt, d.created_at, d.position, \(fragment: Self.endpoint)
            """
        ).decode(
            Int64.self,
            Int32.self,
            PostgresTimestamp.self,
            Int64.self,
            String.self,
            String.self,
            [UInt8].self,
            [UInt8]?.self
        )
        let events = try await events(at: rows.map(\.3))
        return rows.compactMap { id, attempt, createdAt, position, webhook, url, secret, previous in
            events[position].map { event in
                ClaimedDelivery(
                    id: id,
                    attempt: attempt,
                    createdAt: Timestamp(createdAt),
                    webhook: webhook,
                    url: url,
                    secrets: [secret] + [previous].compactMap { $0 },
                    event: event.event,
                    isConsented: event.isConsented
                )
            }
        }.sorted { $0.id < $1.id }
    }

    // MARK: Parts of both

    /// What a sender needs to know about an endpoint.
    private static let endpoint: PostgresQuery =
        "w.id, w.url, w.secret, CASE WHEN w.previous_until > now() THEN w.previous_secret END"

    /// The endpoint after which a claim begins.
    private static func pivot() -> String { RandomText.make(characters: RandomText.idLength) }

    /// Reads events by their positions, and whether their persons still agree.
    private func events(at positions: [Int64]) async throws -> [Int64: (event: DomainEvent, isConsented: Bool)] {
        guard !positions.isEmpty else { return [:] }
        let rows = try await client.query(
            """
            SELECT e.position, e.subject, e.revision, e.type,
                CASE WHEN e.type = 'person.erased' OR \(fragment: Self.hasConsent("e.person_id", "identify"))
                    THEN e.person_id END,
                CASE WHEN \(fragment: Self.hasConsent("e.other_id", "identify")) THEN e.other_id END,
                e.event_id, e.zone_id, e.session_id, e.started_at, e.ended_at, e.is_withdrawn, e.recorded_at,
                \(fragment: Self.isConsented)
            FROM domain_event e WHERE e.position = ANY(\(positions))
            """
        ).decode(
            Int64.self,
            String.self,
            Int32.self,
            String.self,
            PersonID?.self,
            PersonID?.self,
            EventID?.self,
            ZoneID?.self,
            SessionID?.self,
            PostgresTimestamp?.self,
            PostgresTimestamp?.self,
            Bool.self,
            PostgresTimestamp.self,
            Bool.self
        )
        var events: [Int64: (event: DomainEvent, isConsented: Bool)] = Dictionary(minimumCapacity: rows.count)
        for row in rows {
            guard let type = DomainEventType(rawValue: row.3) else {
                throw PostgresError(.decoding, "A stored domain event has an unknown type.")
            }
            var event = DomainEvent(
                position: row.0,
                subject: row.1,
                revision: row.2,
                type: type,
                recordedAt: Timestamp(row.12)
            )
            (event.person, event.other) = (row.4, row.5)
            (event.event, event.zone, event.session) = (row.6, row.7, row.8)
            (event.start, event.end) = (row.9.map { Timestamp($0) }, row.10.map { Timestamp($0) })
            event.isWithdrawn = row.11
            events[row.0] = (event, row.13)
        }
        return events
    }
}
