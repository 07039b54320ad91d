internal import Models
package import Postgres

/// The queue of deliveries in the database, which any number of senders share.
///
/// Deliveries begin in batches of one subscription each. Senders claim whole batches for endpoints that answer fast, and record
/// what was accepted in the batch, so that a delivery costs a small part of a row. All others become rows first: those of
/// slow, closed and ordered endpoints, and those that failed.
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

    /// Makes the deliveries of new events, in the order of their positions.
    ///
    /// Each subscription is listed under what its narrowest filter asks for, and each event looks there. So the cost is the
    /// number of filters plus the number of matches, not events times subscriptions.
    ///
    /// - Parameters:
    ///   - limit: how many events are taken at most.
    ///   - position: only events after it are taken, so that a long queue is not searched from its removed start each time. Events
    ///     with lower positions may still come.
    /// - Returns: how many events were dispatched, and the last of their positions; `nil` if another process dispatches at this
    ///   moment.
    /// - Throws: `PostgresError`; then no event counts as dispatched.
    package func dispatch(limit: Int, after position: Int64? = nil) async throws -> (count: Int, last: Int64?)? {
        try await client.withTransaction { connection in
            let isFree = try await connection.query("SELECT pg_try_advisory_xact_lock(\(AdvisoryLock.dispatch))")
                .single(Bool.self)
            guard isFree else { return nil }
            let taken = try await connection.query(
                """
                WITH taken AS (
                    DELETE FROM domain_event_queue WHERE ctid = ANY(ARRAY(
                        SELECT ctid FROM domain_event_queue WHERE position > \(position ?? 0) ORDER BY position LIMIT \(limit)
                    )) RETURNING position
                ), keyed AS MATERIALIZED (
                    SELECT w.*, k.kind, k.key
                    FROM (SELECT *, row_number() OVER () AS number FROM webhook WHERE is_enabled) AS w
                    CROSS JOIN LATERAL (
                        SELECT 'person' AS kind, person AS key FROM unnest(w.persons) AS person
                        UNION ALL SELECT 'zone', zone FROM unnest(w.zones) AS zone WHERE cardinality(w.persons) = 0
                        UNION ALL SELECT 'event', event FROM unnest(w.events) AS event
                            WHERE cardinality(w.persons) = 0 AND cardinality(w.zones) = 0
                        UNION ALL SELECT 'any', 0
                            WHERE cardinality(w.persons) = 0 AND cardinality(w.zones) = 0 AND cardinality(w.events) = 0
                    ) AS k
                ), matched AS (
                    SELECT w.number, w.id, array_agg(DISTINCT e.position) AS positions
                    FROM taken t JOIN domain_event e ON e.position = t.position
                    CROSS JOIN LATERAL (
                        VALUES ('person', e.person_id), ('person', e.other_id), ('zone', e.zone_id), ('event', e.event_id), ('any', 0)
                    ) AS k (kind, key)
                    JOIN keyed w ON w.kind = k.kind AND w.key = k.key AND e.type = ANY(w.types)
                        AND (cardinality(w.events) = 0 OR e.event_id = ANY(w.events))
                        AND (cardinality(w.zones) = 0 OR e.zone_id = ANY(w.zones))
                        AND (cardinality(w.persons) = 0
                            OR \(fragment: Self.isNamed("e.person_id", in: "w.persons"))
                            OR \(fragment: Self.isNamed("e.other_id", in: "w.persons")))
                    WHERE \(fragment: Self.isConsented)
                    GROUP BY w.number, w.id
                ), added AS (
                    INSERT INTO webhook_batch (webhook_id, positions)
                    SELECT m.id, m.positions[first : first + \(ClaimedBatch.capacity) - 1]
                    FROM matched m
                    CROSS JOIN LATERAL generate_series(1, cardinality(m.positions), \(ClaimedBatch.capacity)) AS first
                    ORDER BY m.positions[first]
                )
                SELECT count(*), max(position) FROM taken
                """
            ).decode(Int64.self, Int64?.self)
            return taken.first.map { (Int($0.0), $0.1) } ?? (0, nil)
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
                INSERT INTO domain_event (subject, revision, type)
                SELECT \(subject), 1, \(DomainEventType.ping.rawValue) FROM webhook WHERE id = \(webhook)
                RETURNING position
            )
            INSERT INTO webhook_batch (webhook_id, positions) SELECT \(webhook), ARRAY[position] FROM e
            """
        ) == 1
    }

    // MARK: Parts of statements

    /// Lets a transaction of claims or outcomes not wait for the disk: what a crash of the database undoes is claimed and sent
    /// again.
    static let unsynchronised: PostgresQuery = "(SELECT set_config('synchronous_commit', 'off', true)) AS s"

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
