package import Models
package import Postgres

/// Publishes facts as domain events, by one process at a time.
package struct PublicationStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Calls `body` while this process is the publisher.
    ///
    /// - Returns: `false` at once if another process is the publisher.
    /// - Throws: what `body` throws, or `PostgresError`.
    package func whileElected(_ body: (Publisher) async throws -> Void) async throws -> Bool {
        try await client.whileElected(by: AdvisoryLock.publication) { try await body(Publisher(connection: $0)) }
    }

    /// The process that publishes.
    package struct Publisher {
        let connection: PostgresConnection
    }
}

extension PublicationStore.Publisher {
    /// The persons of facts that may be over by now because their last moment was long ago; at most `limit`.
    package func personsToReview(endedBefore moment: Timestamp, limit: Int) async throws -> [PersonID] {
        try await connection.query(
            """
            SELECT DISTINCT person_id FROM (
                SELECT person_id FROM published_fact WHERE NOT is_over AND ended_at < \(moment.postgres)
                ORDER BY ended_at LIMIT \(limit)
            ) AS f
            """
        ).column(PersonID.self)
    }

    /// The persons of all published facts that end after a moment.
    package func persons(ofFactsEndingAfter moment: Timestamp) async throws -> [PersonID] {
        try await connection.query(
            "SELECT DISTINCT person_id FROM published_fact WHERE ended_at >= \(moment.postgres)"
        ).column(PersonID.self)
    }

    /// Compares the facts of some persons with what was published, and publishes the changes, in one transaction.
    ///
    /// - Parameters:
    ///   - persons: the persons; their number bounds the transaction.
    ///   - others: the other persons that the changes may name.
    ///   - start: facts that end earlier are left as they are.
    ///   - changes: returns the changes, given the existing persons of both and the published facts of the persons.
    /// - Returns: how many events were published.
    /// - Throws: `PostgresError`; then nothing is published.
    package func publish(
        _ persons: [PersonID],
        and others: Set<PersonID>,
        endingAfter start: Timestamp,
        _ changes: (_ existing: Set<PersonID>, _ published: [PublishedFact]) -> [FactChange]
    ) async throws -> Int {
        try await connection.withTransaction { connection in
            // An erasure waits for this transaction, and then removes its rows.
            try await connection.query("SELECT pg_advisory_xact_lock_shared(\(AdvisoryLock.erasure))")
            let named = others.union(persons).sorted()
            let existing = try await connection.query("SELECT id FROM person WHERE id = ANY(\(named))")
                .column(PersonID.self)
            let published = try await Self.facts(of: persons, endingAfter: start, connection)
            var count = 0
            for change in changes(Set(existing), published) {
                try await Self.write(change, connection)
                count += change.types.count
            }
            return count
        }
    }

    /// Forgets facts that ended before a moment, at most a thousand.
    package func forget(endedBefore moment: Timestamp) async throws {
        try await connection.execute(
            """
            DELETE FROM published_fact WHERE subject IN (
                SELECT subject FROM published_fact WHERE ended_at < \(moment.postgres) ORDER BY ended_at LIMIT 1000
            )
            """
        )
    }

    private static func facts(
        of persons: [PersonID],
        endingAfter start: Timestamp,
        _ connection: PostgresConnection
    ) async throws -> [PublishedFact] {
        let rows = try await connection.query(
            """
            SELECT subject, kind, person_id, other_id, event_id, zone_id, session_id, started_at, ended_at, is_over, revision
            FROM published_fact
            WHERE (person_id = ANY(\(persons)) OR other_id = ANY(\(persons))) AND ended_at >= \(start.postgres)
            ORDER BY started_at, subject
            """
        ).decode(
            String.self,
            String.self,
            PersonID.self,
            PersonID?.self,
            EventID?.self,
            ZoneID?.self,
            SessionID?.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            Bool.self,
            Int32.self
        )
        return rows.compactMap { id, kind, person, other, event, zone, session, start, end, isOver, revision in
            let subject: Fact.Subject
            switch (kind, other, zone, session) {
            case ("meeting", let other?, _, _): subject = .meeting(person, other)
            case ("visit", _, let zone?, _): subject = .visit(person, zone)
            case ("attendance", _, _, let session?): subject = .attendance(person, session)
            default: return nil
            }
            let fact = Fact(subject, at: event, from: Timestamp(start), to: Timestamp(end), isOver: isOver)
            return PublishedFact(id: id, fact: fact, revision: revision)
        }
    }

    private static func write(_ change: FactChange, _ connection: PostgresConnection) async throws {
        let (id, fact) = (change.fact.id, change.fact.fact)
        let columns = fact.subject.columns
        let last = change.fact.revision + Int32(change.types.count)
        if change.isWithdrawn {
            try await connection.execute("DELETE FROM published_fact WHERE subject = \(id)")
            // They say what did not happen, or what its person wants forgotten.
            try await connection.execute("DELETE FROM domain_event WHERE subject = \(id)")
        } else {
            try await connection.execute(
                """
                INSERT INTO published_fact (
                    subject, kind, person_id, other_id, event_id, zone_id, session_id, started_at, ended_at, is_over, revision
                ) VALUES (
                    \(id), \(columns.kind), \(columns.person), \(columns.other), \(fact.event), \(columns.zone),
                    \(columns.session), \(fact.start.postgres), \(fact.end.postgres), \(fact.isOver), \(last)
                )
                ON CONFLICT (subject) DO UPDATE
                    SET (event_id, started_at, ended_at, is_over, revision)
                        = (excluded.event_id, excluded.started_at, excluded.ended_at, excluded.is_over, excluded.revision)
                """
            )
        }
        for (place, type) in change.types.enumerated() {
            let (start, end) = change.isWithdrawn ? (nil, nil) : (fact.start.postgres, fact.end.postgres)
            try await connection.execute(
                """
                INSERT INTO domain_event (
                    subject, revision, type, person_id, other_id, event_id, zone_id, session_id, started_at, ended_at,
                    is_withdrawn
                ) VALUES (
                    \(id), \(change.fact.revision + Int32(place) + 1), \(type.rawValue), \(columns.person),
                    \(columns.other), \(fact.event), \(columns.zone), \(columns.session), \(start), \(end),
                    \(change.isWithdrawn)
                )
                """
            )
        }
    }
}

extension Fact.Subject {
    fileprivate var columns: (kind: String, person: PersonID, other: PersonID?, zone: ZoneID?, session: SessionID?) {
        switch self {
        case .meeting(let first, let second): ("meeting", first, second, nil, nil)
        case .visit(let person, let zone): ("visit", person, nil, zone, nil)
        case .attendance(let person, let session): ("attendance", person, nil, nil, session)
        }
    }
}
