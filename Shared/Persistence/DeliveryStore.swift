internal import Models
package import Postgres

/// The queue of deliveries in the database, which any number of senders share.
package struct DeliveryStore: Sendable {
    /// The rules that all senders share.
    package struct Rules: Sendable {
        /// How many failures in a row close an endpoint; then it gets one delivery at a time until one succeeds.
        package var failuresToClose: Int32 = 8
        /// The pause after which a closed endpoint is tried again, in microseconds.
        package var closedTime: Int64 = 30_000_000
        /// How long a claim lasts, in microseconds; longer than an attempt.
        package var claimTime: Int64 = 60_000_000

        package init() {}
    }

    let client: PostgresClient
    let rules: Rules

    package init(client: PostgresClient, rules: Rules = Rules()) {
        self.client = client
        self.rules = rules
    }

    // MARK: Events to deliveries

    /// Makes the deliveries of undispatched events, in the order of their positions.
    ///
    /// Each subscription is listed under what its narrowest filter asks for, and each event looks there. So the cost is the
    /// number of filters plus the number of matches, not events times subscriptions.
    ///
    /// - Parameter limit: how many events are taken at most.
    /// - Returns: how many events were dispatched; `nil` if another process dispatches at this moment.
    /// - Throws: `PostgresError`; then no event counts as dispatched.
    package func dispatch(limit: Int) async throws -> Int? {
        try await client.withTransaction { connection in
            let isFree = try await connection.query("SELECT pg_try_advisory_xact_lock(\(AdvisoryLock.dispatch))")
                .single(Bool.self)
            guard isFree else { return nil }
            let positions = try await connection.query(
                "SELECT position FROM domain_event WHERE NOT is_dispatched ORDER BY position LIMIT \(limit)"
            ).column(Int64.self)
            guard !positions.isEmpty else { return 0 }
            try await connection.execute(
                """
                WITH keyed AS MATERIALIZED (
                    SELECT w.*, k.key FROM webhook w CROSS JOIN LATERAL unnest(CASE
                        WHEN cardinality(w.persons) > 0 THEN ARRAY(SELECT 'person ' || p FROM unnest(w.persons) AS p)
                        WHEN cardinality(w.zones) > 0 THEN ARRAY(SELECT 'zone ' || z FROM unnest(w.zones) AS z)
                        WHEN cardinality(w.events) > 0 THEN ARRAY(SELECT 'event ' || n FROM unnest(w.events) AS n)
                        ELSE ARRAY['']
                    END) AS k (key)
                    WHERE w.is_enabled
                )
                INSERT INTO webhook_delivery (webhook_id, position)
                SELECT w.id, e.position
                FROM domain_event e
                CROSS JOIN LATERAL unnest(ARRAY[
                    'person ' || e.person_id, 'person ' || e.other_id, 'zone ' || e.zone_id, 'event ' || e.event_id, ''
                ]) AS k (key)
                JOIN keyed w ON w.key = k.key AND e.type = ANY(w.types)
                    AND (cardinality(w.events) = 0 OR e.event_id = ANY(w.events))
                    AND (cardinality(w.zones) = 0 OR e.zone_id = ANY(w.zones))
                    AND (cardinality(w.persons) = 0
                        OR \(fragment: Self.isNamed("e.person_id", in: "w.persons"))
                        OR \(fragment: Self.isNamed("e.other_id", in: "w.persons")))
                WHERE e.position = ANY(\(positions)) AND \(fragment: Self.isConsented)
                ORDER BY e.position
                ON CONFLICT DO NOTHING
                """
            )
            return try await connection.execute(
                "UPDATE domain_event SET is_dispatched = true WHERE position = ANY(\(positions))"
            )
        }
    }

    /// Adds a test event for one subscription.
    ///
    /// - Parameters:
    ///   - webhook: the subscription.
    ///   - subject: a new id of the event.
    /// - Returns: `false` if no subscription has this id.
    /// - Throws: `PostgresError`.
    package func ping(_ webhook: String, subject: String) async throws -> Bool {
        try await client.execute(
            """
            WITH e AS (
                INSERT INTO domain_event (subject, revision, type, is_dispatched)
                SELECT \(subject), 1, \(DomainEventType.ping.rawValue), true FROM webhook WHERE id = \(webhook)
                RETURNING position
            )
            INSERT INTO webhook_delivery (webhook_id, position) SELECT \(webhook), position FROM e
            """
        ) == 1
    }

    // MARK: Attempts

    /// Claims due deliveries: no other sender gets them before the claim ends.
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
        let pivot = RandomText.make(characters: Webhook.idLength)
        let rows = try await client.query(
            """
            WITH due AS MATERIALIZED (
                SELECT d.id, w.id AS webhook_id, w.failures
                FROM (
                    SELECT id, is_ordered, failures FROM webhook
                    WHERE is_enabled AND coalesce(closed_until <= now(), true) AND id <> ALL(\(excluded))
                        AND (\(selected == nil) OR id = ANY(\(selected ?? [])))
                    ORDER BY id < \(pivot), id
                ) AS w
                CROSS JOIN LATERAL (
                    SELECT d.id FROM webhook_delivery d
                    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.due_at <= now()
                        AND NOT (w.is_ordered AND EXISTS (
                            SELECT FROM webhook_delivery p
                            WHERE p.webhook_id = w.id AND p.state = 'pending' AND p.id < d.id
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
            FROM due, webhook w, domain_event e
            WHERE d.id = due.id AND w.id = d.webhook_id AND e.position = d.position
            RETURNING d.id, d.attempt, d.created_at, w.id, w.url, w.is_ordered, w.secret,
                CASE WHEN w.previous_until > now() THEN w.previous_secret END,
                e.position, e.subject, e.revision, e.type,
                CASE WHEN e.type = 'person.erased' OR \(fragment: Self.hasConsent("e.person_id", "identify"))
                    THEN e.person_id END,
                CASE WHEN \(fragment: Self.hasConsent("e.other_id", "identify")) THEN e.other_id END,
                e.event_id, e.zone_id, e.session_id, e.started_at, e.ended_at, e.is_withdrawn, e.recorded_at,
                \(fragment: Self.isConsented)
            """
        )
        return try Self.claimed(rows).sorted { $0.id < $1.id }
    }

    private static func claimed(_ rows: PostgresRows) throws -> [ClaimedDelivery] {
        let rows = try rows.decode(
            Int64.self,
            Int32.self,
            PostgresTimestamp.self,
            String.self,
            String.self,
            Bool.self,
            [UInt8].self,
            [UInt8]?.self,
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
        return try rows.map { row in
            guard let type = DomainEventType(rawValue: row.11) else {
                throw PostgresError(.decoding, "A stored domain event has an unknown type.")
            }
            var event = DomainEvent(
                position: row.8,
                subject: row.9,
                revision: row.10,
                type: type,
                recordedAt: Timestamp(row.20)
            )
            (event.person, event.other) = (row.12, row.13)
            (event.event, event.zone, event.session) = (row.14, row.15, row.16)
            (event.start, event.end) = (row.17.map { Timestamp($0) }, row.18.map { Timestamp($0) })
            event.isWithdrawn = row.19
            return ClaimedDelivery(
                id: row.0,
                attempt: row.1,
                createdAt: Timestamp(row.2),
                webhook: row.3,
                url: row.4,
                isOrdered: row.5,
                secrets: [row.6] + [row.7].compactMap { $0 },
                event: event,
                isConsented: row.21
            )
        }
    }

    // MARK: Consents

    /// Whether a person has a consent now that held at the time of the event; withdrawals count as of their record.
    static func hasConsent(_ person: StaticString, _ purpose: StaticString) -> PostgresQuery {
        """
        EXISTS (
            SELECT FROM consent c
            WHERE c.person_id = \(fragment: PostgresQuery(stringLiteral: person))
                AND c.purpose = '\(fragment: PostgresQuery(stringLiteral: purpose))'
                AND c.is_given AND c.text_version = \(ConsentPurpose.textVersion)
                AND c.changed_at <= coalesce(e.started_at, e.recorded_at)
        )
        """
    }

    /// Whether the persons of an event `e` agree to its delivery: both `meet` for a meeting, `place` for a zone or a session.
    static let isConsented: PostgresQuery = """
        CASE
            WHEN e.other_id IS NOT NULL
                THEN \(fragment: hasConsent("e.person_id", "meet")) AND \(fragment: hasConsent("e.other_id", "meet"))
            WHEN e.zone_id IS NOT NULL OR e.session_id IS NOT NULL
                THEN \(fragment: hasConsent("e.person_id", "place"))
            ELSE true
        END
        """

    /// Whether a list contains a person of the event.
    private static func isNamed(_ person: StaticString, in list: StaticString) -> PostgresQuery {
        """
        (\(fragment: PostgresQuery(stringLiteral: person)) = ANY(\(fragment: PostgresQuery(stringLiteral: list)))
            AND (e.type = 'person.erased' OR \(fragment: hasConsent(person, "identify"))))
        """
    }
}
