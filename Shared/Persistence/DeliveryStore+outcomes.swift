internal import Models
internal import Postgres

extension DeliveryStore {
    /// Records the outcomes of attempts, in one transaction.
    ///
    /// An outcome of a claim that has ended meanwhile, and that another sender has claimed again, changes nothing. Deliveries of a
    /// batch that were not accepted become rows. A crash of the database may undo what was recorded within the last second.
    package func record(_ outcomes: [DeliveryOutcome], of batches: [BatchOutcome] = []) async throws {
        guard !outcomes.isEmpty || !batches.isEmpty else { return }
        // Two senders lock the rows of subscriptions in the same order.
        let outcomes = outcomes.sorted { ($0.webhook, $0.delivery) < ($1.webhook, $1.delivery) }
        let endpoints = EndpointChange.all(of: batches.flatMap(\.outcomes) + outcomes)
        if outcomes.isEmpty, batches.allSatisfy(\.isAccepted) {
            // Nearly always: one statement, unless an endpoint had failed.
            try await client.withConnection { connection in
                guard try await Self.finish(batches, connection) else { return }
                try await change(endpoints, connection)
            }
        } else {
            try await client.withTransaction { connection in
                if !batches.isEmpty { _ = try await Self.finish(batches, connection) }
                if !outcomes.isEmpty { try await Self.finish(outcomes, connection) }
                if !endpoints.isEmpty { try await change(endpoints, connection) }
            }
        }
    }

    private func change(_ endpoints: [EndpointChange], _ connection: PostgresConnection) async throws {
        try await connection.execute(
            """
            UPDATE webhook w
            SET failures = n.failures,
                closed_until = CASE
                    WHEN n.failures = 0 THEN NULL
                    WHEN n.failures >= \(rules.failuresToClose)
                        THEN now() + greatest(n.pause, \(rules.closedTime)) * interval '1 microsecond'
                    WHEN w.is_ordered THEN now() + n.pause * interval '1 microsecond'
                    ELSE w.closed_until
                END,
                is_enabled = w.is_enabled AND NOT n.is_gone,
                disabled_reason = CASE WHEN n.is_gone THEN 'gone' ELSE w.disabled_reason END
            FROM (
                SELECT e.id, e.pause, e.is_gone,
                    least(CASE WHEN e.resets THEN 0 ELSE w.failures END + e.failures, 1000000) AS failures
                FROM unnest(
                    \(endpoints.map(\.id)), \(endpoints.map(\.resets)), \(endpoints.map(\.failures)),
                    \(endpoints.map(\.pause)), \(endpoints.map(\.isGone))
                ) AS e (id, resets, failures, pause, is_gone) JOIN webhook w ON w.id = e.id
                WHERE e.failures > 0 OR e.is_gone OR w.failures > 0
                FOR UPDATE OF w
            ) AS n
            WHERE w.id = n.id
            """
        )
    }

    private static func finish(_ outcomes: [DeliveryOutcome], _ connection: PostgresConnection) async throws {
        // When old statistics say that few deliveries are pending, the planner would read all of them for a plain condition on
        // `state` or `finished_at`. It has no statistics of an expression, and looks the deliveries up.
        try await connection.execute(
            """
            UPDATE webhook_delivery d
            SET state = o.state,
                due_at = now() + o.pause * interval '1 microsecond',
                attempt = d.attempt - o.unmade,
                finished_at = CASE WHEN o.state <> 'pending' THEN now() END,
                status = nullif(o.status, 0),
                error = nullif(o.error, '')
            FROM unnest(
                \(outcomes.map(\.delivery)), \(outcomes.map(\.attempt)), \(outcomes.map(\.state.rawValue)),
                \(outcomes.map(\.pause)), \(outcomes.map(\.unmade)), \(outcomes.map { $0.status ?? 0 }),
                \(outcomes.map { $0.error ?? "" })
            ) AS o (id, attempt, state, pause, unmade, status, error), \(fragment: unsynchronised)
            WHERE d.id = o.id AND d.attempt = o.attempt
                AND coalesce(d.finished_at, 'infinity') = 'infinity'
            """
        )
    }

    /// Ends batches; returns whether an endpoint of them has failed before.
    private static func finish(_ batches: [BatchOutcome], _ connection: PostgresConnection) async throws -> Bool {
        let finished = try await connection.query(
            """
            UPDATE webhook_batch b SET finished_at = now(), statuses = o.statuses::smallint[]
            FROM unnest(
                \(batches.map(\.batch.id)), \(batches.map(\.batch.attempt)), \(batches.map(\.batch.unpacked)),
                \(batches.map(\.statuses))
            ) AS o (id, attempt, unpacked, statuses), \(fragment: unsynchronised)
            WHERE b.id = o.id AND b.attempt = o.attempt AND b.unpacked = o.unpacked
                AND coalesce(b.finished_at, 'infinity') = 'infinity'
            RETURNING b.id, (SELECT w.failures > 0 FROM webhook w WHERE w.id = b.webhook_id)
            """
        ).decode(Int64.self, Bool.self)
        let hasFailed = finished.contains { $0.1 }
        guard batches.contains(where: { !$0.isAccepted }) else { return hasFailed }
        let valid = Set(finished.map(\.0))
        let changed = batches.filter { !$0.isAccepted && valid.contains($0.batch.id) }
        let rows = changed.flatMap { batch in
            batch.outcomes.filter { $0.fate != .delivered }.map { (batch: batch.batch.id, outcome: $0) }
        }
        try await connection.execute(
            """
            INSERT INTO webhook_delivery (
                id, webhook_id, position, state, attempt, created_at, due_at, finished_at, status, error
            )
            OVERRIDING SYSTEM VALUE
            SELECT o.id, b.webhook_id, e.position, o.state, o.attempt, b.created_at,
                now() + o.pause * interval '1 microsecond', CASE WHEN o.state <> 'pending' THEN now() END,
                nullif(o.status, 0), nullif(o.error, '')
            FROM unnest(
                \(rows.map(\.outcome.delivery)), \(rows.map(\.batch)), \(rows.map(\.outcome.position)),
                \(rows.map(\.outcome.state.rawValue)), \(rows.map { $0.outcome.attempt - $0.outcome.unmade }),
                \(rows.map(\.outcome.pause)), \(rows.map { $0.outcome.status ?? 0 }),
                \(rows.map { $0.outcome.error ?? "" })
            ) AS o (id, batch, position, state, attempt, pause, status, error)
            JOIN webhook_batch b ON b.id = o.batch
            JOIN domain_event e ON e.position = o.position
            ON CONFLICT DO NOTHING
            """
        )
        let empty = changed.filter { !$0.outcomes.contains { $0.fate == .delivered } }.map(\.batch.id)
        try await connection.execute("DELETE FROM webhook_batch WHERE id = ANY(\(empty))")
        return hasFailed
    }

    /// Gives up pending deliveries of closed and disabled endpoints that are older than `age` in seconds, at most `limit` of batches and
    /// as many rows; returns how many.
    ///
    /// These get no attempt that could give them up.
    package func giveUp(olderThan age: Int64, limit: Int) async throws -> Int {
        let unpacked = try await client.execute(
            """
            WITH ended AS (
                DELETE FROM webhook_batch WHERE id IN (
                    SELECT b.id FROM webhook w CROSS JOIN LATERAL (
                        SELECT b.id FROM webhook_batch b
                        WHERE b.webhook_id = w.id AND b.finished_at IS NULL AND b.due_at <= now()
                            AND b.created_at < now() - \(age) * interval '1 second'
                        ORDER BY b.id LIMIT \(limit / ClaimedBatch.capacity)
                        FOR UPDATE SKIP LOCKED
                    ) AS b
                    WHERE NOT w.is_enabled OR w.closed_until IS NOT NULL
                    LIMIT \(limit / ClaimedBatch.capacity)
                )
                RETURNING *
            )
            INSERT INTO webhook_delivery (id, webhook_id, position, state, attempt, created_at, finished_at, error)
            OVERRIDING SYSTEM VALUE
            SELECT b.id * \(ClaimedBatch.capacity) + p.number - 1, b.webhook_id, e.position, 'dead', b.attempt, b.created_at,
                now(), 'expired'
            FROM ended b
            CROSS JOIN LATERAL unnest(b.positions) WITH ORDINALITY AS p (position, number)
            JOIN domain_event e ON e.position = p.position
            WHERE p.number > b.unpacked
            ON CONFLICT DO NOTHING
            """
        )
        let rows = try await client.execute(
            """
            UPDATE webhook_delivery SET state = 'dead', finished_at = now(), error = coalesce(error, 'expired')
            WHERE id IN (
                SELECT d.id FROM webhook w CROSS JOIN LATERAL (
                    SELECT d.id FROM webhook_delivery d
                    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= now()
                        AND d.created_at < now() - \(age) * interval '1 second'
                    ORDER BY d.id LIMIT \(limit)
                    FOR UPDATE SKIP LOCKED
                ) AS d
                WHERE NOT w.is_enabled OR w.closed_until IS NOT NULL
                LIMIT \(limit)
            )
            """
        )
        return unpacked + rows
    }

    /// Removes finished batches that are older than `age` in seconds; returns how many, at most `limit`.
    package func removeBatches(olderThan age: Int64, limit: Int) async throws -> Int {
        // The oldest batches have the lowest numbers, so that this reads no more than it may remove.
        try await client.execute(
            """
            DELETE FROM webhook_batch WHERE id IN (
                SELECT id FROM (SELECT * FROM webhook_batch ORDER BY id LIMIT \(limit)) AS b
                WHERE finished_at IS NOT NULL AND created_at < now() - \(age) * interval '1 second'
            )
            """
        )
    }

    /// Removes dispatched events that are older than `age` in seconds, with the rows of their deliveries, at most `limit` events.
    package func removeEvents(olderThan age: Int64, limit: Int) async throws -> Int {
        try await client.execute(
            """
            DELETE FROM domain_event WHERE position IN (
                SELECT position FROM domain_event e
                WHERE recorded_at < now() - \(age) * interval '1 second'
                    AND NOT EXISTS (SELECT FROM domain_event_queue q WHERE q.position = e.position)
                ORDER BY recorded_at LIMIT \(limit)
            )
            """
        )
    }

    /// How many events wait for their deliveries, and how many deliveries are due; each is counted up to `limit`.
    package func backlog(upTo limit: Int) async throws -> (events: Int64, deliveries: Int64) {
        let counts = try await client.query(
            """
            SELECT (SELECT count(*) FROM (SELECT FROM domain_event_queue LIMIT \(limit)) AS e),
                least(\(limit), coalesce((
                    SELECT sum(d.count) FROM (
                        (
                            SELECT 1 AS count FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
                            WHERE d.state = 'pending' AND d.due_at <= now() AND w.is_enabled
                                AND coalesce(w.closed_until <= now(), true)
                            LIMIT \(limit)
                        ) UNION ALL (
                            SELECT cardinality(b.positions) - b.unpacked FROM webhook_batch b JOIN webhook w ON w.id = b.webhook_id
                            WHERE b.finished_at IS NULL AND b.due_at <= now() AND w.is_enabled
                                AND coalesce(w.closed_until <= now(), true)
                            LIMIT \(limit)
                        )
                    ) AS d
                ), 0))
            """
        ).decode(Int64.self, Int64.self)
        return counts.first.map { ($0.0, $0.1) } ?? (0, 0)
    }
}

extension BatchOutcome {
    /// Whether the endpoint has accepted all deliveries, of which there is one at least.
    fileprivate var isAccepted: Bool { !outcomes.isEmpty && outcomes.allSatisfy { $0.fate == .delivered } }

    /// The statuses of accepted deliveries in their places, as an array of PostgreSQL.
    fileprivate var statuses: String {
        var statuses = Array(repeating: "NULL", count: ClaimedBatch.capacity)
        for outcome in outcomes where outcome.fate == .delivered {
            statuses[Int(outcome.delivery % Int64(ClaimedBatch.capacity))] = "\(outcome.status ?? 0)"
        }
        return "{" + statuses.joined(separator: ",") + "}"
    }
}

extension DeliveryOutcome {
    fileprivate var state: WebhookDelivery.State {
        switch fate {
        case .delivered: .delivered
        case .retried, .released: .pending
        case .dead, .gone: .dead
        case .withheld: .withheld
        }
    }

    fileprivate var pause: Int64 {
        if case .retried(let pause) = fate { pause } else { 0 }
    }

    /// How many attempts the claim counted that were not made.
    fileprivate var unmade: Int32 { fate == .released ? 1 : 0 }
}

/// What some outcomes say about an endpoint.
private struct EndpointChange {
    let id: String
    /// Whether a delivery succeeded.
    var resets = false
    /// How many failed; the order of attempts that were made at the same time says nothing, so a success outweighs them.
    var failures: Int32 = 0
    /// The shortest pause until the next attempt, in microseconds.
    var pause = Int64.max
    var isGone = false

    static func all(of outcomes: [DeliveryOutcome]) -> [EndpointChange] {
        var changes: [String: EndpointChange] = [:]
        for outcome in outcomes {
            var change = changes[outcome.webhook] ?? EndpointChange(id: outcome.webhook)
            switch outcome.fate {
            case .delivered: change.resets = true
            case .retried(let pause):
                change.failures += 1
                change.pause = min(change.pause, pause)
            case .dead: change.failures += 1
            case .gone: change.isGone = true
            case .withheld, .released: continue
            }
            changes[outcome.webhook] = change
        }
        return changes.values.map { change in
            var change = change
            if change.resets { change.failures = 0 }
            if change.failures == 0 || change.pause == .max { change.pause = 0 }
            return change
        }.sorted { $0.id < $1.id }
    }
}
