package import Models
package import Observability
package import Postgres

/// A message that could not be stored, and why.
package struct DeadLetter: Equatable, Sendable {
    /// The partition it came from.
    package let partition: Int
    /// Its offset there.
    package let offset: Int64
    /// Why it could not be stored: a code such as `unknown_person`.
    package private(set) var reason: String
    /// Whom it is about, if that could be read.
    package let personID: PersonID?
    /// When the queue took it.
    package let appendedAt: Timestamp
    /// The version of the message, where somebody has said it.
    package let schemaVersion: String?
    /// The trace that the message belongs to.
    package let trace: TraceContext?
    /// The message as it came.
    package let payload: [UInt8]

    /// The reason of a message of a version that this program does not know: what it says of its person is not known.
    static let unknownVersion = "unknown_schema_version"
    /// Whether the message is of a version that this program reads.
    var isUnderstood: Bool { reason != Self.unknownVersion }

    /// Joins what is known.
    package init(
        partition: Int,
        offset: Int64,
        reason: String,
        personID: PersonID?,
        appendedAt: Timestamp,
        schemaVersion: String? = nil,
        trace: TraceContext? = nil,
        payload: [UInt8]
    ) {
        self.partition = partition
        self.offset = offset
        self.reason = reason
        self.personID = personID
        self.appendedAt = appendedAt
        self.schemaVersion = schemaVersion
        self.trace = trace
        self.payload = payload
    }

    /// The same dead letter with another reason.
    func because(_ reason: String) -> DeadLetter {
        var letter = self
        letter.reason = reason
        return letter
    }
}

/// The dead letters in the database.
package struct DeadLetterStore: Sendable {
    /// A dead letter as it is listed.
    package struct Entry: Sendable {
        /// Its number among the dead letters.
        package let id: Int64
        /// The partition and the offset it came from; `nil` for rows of a reference database.
        package let place: (partition: Int, offset: Int64)?
        /// Why it could not be stored.
        package let reason: String
        /// The person, if the message names one.
        package let personID: PersonID?
        /// When the queue took it.
        package let appendedAt: Timestamp
        /// When it was buried.
        package let buriedAt: Timestamp
        /// The version of the message, where somebody has said it.
        package let schemaVersion: String?
        /// The trace that the message belongs to.
        package let trace: TraceContext?
        /// The message as it came.
        package let payload: [UInt8]
    }

    private let client: PostgresClient

    /// Makes a store in a database whose schema is up to date.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// Some dead letters in the order in which they were buried.
    ///
    /// - Parameters:
    ///   - reason: only those of this reason, if it is given.
    ///   - after: the number behind which to start.
    ///   - limit: how many at most.
    /// - Returns: the dead letters, none behind the last.
    /// - Throws: `PostgresError`.
    package func entries(reason: String?, after: Int64, limit: Int) async throws -> [Entry] {
        let only: PostgresQuery = if let reason { "reason = \(reason)" } else { "true" }
        let rows = try await client.query(
            """
            SELECT \(fragment: Self.columns) FROM dead_letter
            WHERE id > \(after) AND \(fragment: only) ORDER BY id LIMIT \(limit)
            """
        )
        return try Self.entries(of: rows)
    }

    /// Lets dead letters that have not been published be, in the order in which they were buried, and remembers it.
    ///
    /// Any number of processes may do so at once: each has others. Who dies in between leaves them to the next.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - publish: publishes them.
    /// - Returns: how many it were.
    /// - Throws: what `publish` throws, and `PostgresError`; then they are published again.
    package func publishNext(
        _ limit: Int,
        _ publish: ([Entry]) async throws -> Void
    ) async throws -> Int {
        try await client.withTransaction { connection in
            let rows = try await connection.query(
                """
                SELECT \(fragment: Self.columns) FROM dead_letter WHERE NOT is_published
                ORDER BY id LIMIT \(limit) FOR UPDATE SKIP LOCKED
                """
            )
            let entries = try Self.entries(of: rows)
            guard !entries.isEmpty else { return 0 }
            try await publish(entries)
            try await connection.execute(
                "UPDATE dead_letter SET is_published = true WHERE id = ANY(\(entries.map(\.id)))"
            )
            return entries.count
        }
    }

    private static var columns: PostgresQuery {
        "id, partition, \"offset\", reason, person_id, appended_at, buried_at, schema_version, traceparent, payload"
    }

    private static func entries(of rows: PostgresRows) throws -> [Entry] {
        try rows.decode(
            Int64.self,
            Int16?.self,
            Int64?.self,
            String.self,
            Int32?.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            String?.self,
            String?.self,
            [UInt8].self
        ).map { id, partition, offset, reason, personID, appendedAt, buriedAt, schemaVersion, traceparent, payload in
            Entry(
                id: id,
                place: partition.flatMap { partition in offset.map { (Int(partition), $0) } },
                reason: reason,
                personID: personID.flatMap { PersonID(rawValue: $0) },
                appendedAt: Timestamp(appendedAt),
                buriedAt: Timestamp(buriedAt),
                schemaVersion: schemaVersion,
                trace: traceparent.flatMap { TraceContext(traceparent: $0) },
                payload: payload
            )
        }
    }

    /// Removes dead letters, once the queue has taken them again.
    package func remove(_ ids: [Int64]) async throws {
        try await client.execute("DELETE FROM dead_letter WHERE id = ANY(\(ids))")
    }

    /// The number of dead letters.
    package func count() async throws -> Int {
        try await client.query("SELECT count(*) FROM dead_letter").single(Int.self)
    }

    /// The most rows that a statement removes, so that each is short.
    private static let removedAtOnce = 10_000

    /// Removes dead letters that were buried longer ago than `age`; returns how many.
    ///
    /// Numbers rise with the time of burial, but for transactions at the same time, so the first ones are looked at.
    package func removeExpired(after age: Duration) async throws -> Int {
        var removed = 0
        while true {
            let count = try await client.execute(
                """
                DELETE FROM dead_letter
                WHERE id IN (SELECT id FROM dead_letter ORDER BY id LIMIT \(Self.removedAtOnce))
                    AND buried_at < now() - make_interval(secs => \(Double(age.components.seconds)))
                """
            )
            removed += count
            guard count == Self.removedAtOnce else { return removed }
        }
    }

    /// Removes as many of the oldest; returns how many.
    package func removeOldest(_ count: Int) async throws -> Int {
        var removed = 0
        while removed < count {
            let step = try await client.execute(
                """
                DELETE FROM dead_letter
                WHERE id IN (SELECT id FROM dead_letter ORDER BY id LIMIT \(min(count - removed, Self.removedAtOnce)))
                """
            )
            guard step > 0 else { break }
            removed += step
        }
        return removed
    }

    static func bury(_ letters: [DeadLetter], on connection: PostgresConnection) async throws {
        guard !letters.isEmpty else { return }
        try await connection.execute(
            """
            INSERT INTO dead_letter
                (partition, "offset", reason, person_id, appended_at, schema_version, traceparent, payload)
            SELECT partition, "offset", reason,
                coalesce(
                    nullif(person_id, 0),
                    CASE WHEN reason <> \(DeadLetter.unknownVersion) THEN location_message_person(payload) END
                ),
                appended_at, nullif(schema_version, ''), nullif(traceparent, ''), payload
            FROM unnest(
                \(letters.map { Int16($0.partition) }), \(letters.map(\.offset)), \(letters.map(\.reason)),
                \(letters.map { $0.personID?.rawValue ?? 0 }), \(letters.map(\.appendedAt.postgres)),
                \(letters.map { $0.schemaVersion ?? "" }), \(letters.map { $0.trace?.traceparent ?? "" }),
                \(letters.map(\.payload))
            ) AS letter (partition, "offset", reason, person_id, appended_at, schema_version, traceparent, payload)
            """
        )
    }
}
