internal import Models
internal import Postgres

extension DeliveryStore {
    /// Records the outcomes of attempts, in one transaction.
    ///
    /// An outcome of a claim that has ended meanwhile, and that another sender has claimed again, changes nothing.
    package func record(_ outcomes: [DeliveryOutcome]) async throws {
        guard !outcomes.isEmpty else { return }
        // Two senders lock the rows of subscriptions in the same order.
        let outcomes = outcomes.sorted { ($0.webhook, $0.delivery) < ($1.webhook, $1.delivery) }
        // When old statistics say that few deliveries are pending, the planner would read all of them for a plain condition on
        // `state` or `finished_at`. It has no statistics of an expression, and looks the deliveries up.
        try await client.withTransaction { connection in
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
                ) AS o (id, attempt, state, pause, unmade, status, error)
                WHERE d.id = o.id AND d.attempt = o.attempt
                    AND coalesce(d.finished_at, 'infinity') = 'infinity'
                """
            )
            let endpoints = EndpointChange.all(of: outcomes)
            guard !endpoints.isEmpty else { return }
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
    }

    /// Gives up pending deliveries of closed and disabled endpoints that are older than `age` in seconds, at most `limit`;
    /// returns how many.
    ///
    /// These get no attempt that could give them up.
    package func giveUp(olderThan age: Int64, limit: Int) async throws -> Int {
        try await client.execute(
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
    }

    /// Removes dispatched events that are older than `age` in seconds, with their deliveries, at most `limit` events.
    package func removeEvents(olderThan age: Int64, limit: Int) async throws -> Int {
        try await client.execute(
            """
            DELETE FROM domain_event WHERE position IN (
                SELECT position FROM domain_event
                WHERE is_dispatched AND recorded_at < now() - \(age) * interval '1 second'
                ORDER BY recorded_at LIMIT \(limit)
            )
            """
        )
    }

    /// How many events wait for their deliveries, and how many deliveries are due; each is counted up to `limit`.
    package func backlog(upTo limit: Int) async throws -> (events: Int64, deliveries: Int64) {
        let counts = try await client.query(
            """
            SELECT (SELECT count(*) FROM (SELECT FROM domain_event WHERE NOT is_dispatched LIMIT \(limit)) AS e),
                (SELECT count(*) FROM (
                    SELECT FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
                    WHERE d.state = 'pending' AND d.due_at <= now() AND w.is_enabled
                        AND coalesce(w.closed_until <= now(), true)
                    LIMIT \(limit)
                ) AS d)
            """
        ).decode(Int64.self, Int64.self)
        return counts.first.map { ($0.0, $0.1) } ?? (0, 0)
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
