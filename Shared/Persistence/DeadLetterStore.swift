package import Models
package import Observability
package import Postgres

/// An accepted message that cannot be stored, with its reason.
package struct DeadLetter: Equatable, Sendable {
    /// The partition of the message.
    package let partition: Int
    /// The offset in the partition.
    package let offset: Int64
    /// The reason.
    package let reason: DeadLetterReason
    /// The person of the message, if it could be decoded.
    package let personID: PersonID?
    /// The time at which the queue accepted the message.
    package let appendedAt: Timestamp
    /// The message's schema version, if its producer stated one.
    package let schemaVersion: String?
    /// The trace of the request that sent the message.
    package let trace: TraceContext?
    /// The message's bytes.
    package let payload: [UInt8]

    /// Whether this program knows the message's schema version; otherwise the person cannot be decoded.
    var isUnderstood: Bool { reason != .unknownSchemaVersion }

    package init(
        partition: Int,
        offset: Int64,
        reason: DeadLetterReason,
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
}

/// The dead letters in the database.
package struct DeadLetterStore: Sendable {
    /// A stored dead letter.
    package struct Entry: Sendable {
        /// The dead letter's number.
        package let id: Int64
        /// The partition and the offset; `nil` for rows of a legacy database.
        package let place: (partition: Int, offset: Int64)?
        /// The reason, a code of this or another release.
        package let reason: String
        /// The person, if the message names one.
        package let personID: PersonID?
        /// The time at which the queue accepted the message.
        package let appendedAt: Timestamp
        /// The time at which the dead letter was written.
        package let buriedAt: Timestamp
        /// The message's schema version, if its producer stated one.
        package let schemaVersion: String?
        /// The trace of the request that sent the message.
        package let trace: TraceContext?
        /// The message's bytes.
        package let payload: [UInt8]
    }

    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Returns a page of dead letters, oldest first.
    ///
    /// - Parameters:
    ///   - reason: only dead letters with this reason; all if `nil`.
    ///   - after: the page starts after this number.
    ///   - limit: the maximum size of the page.
    /// - Returns: the dead letters; empty after the last.
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

    /// Publishes the oldest unpublished dead letters and marks them as published.
    ///
    /// Several processes may call it concurrently; each gets other rows. A process that dies leaves its rows to the
    /// next one.
    ///
    /// - Parameters:
    ///   - limit: the maximum number of dead letters.
    ///   - publish: publishes them.
    /// - Returns: how many were published.
    /// - Throws: what `publish` throws, and `PostgresError`; then the same letters are published again.
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

    /// Removes dead letters after a replay.
    package func remove(_ ids: [Int64]) async throws {
        try await client.execute("DELETE FROM dead_letter WHERE id = ANY(\(ids))")
    }

    /// The number of dead letters.
    package func count() async throws -> Int {
        try await client.query("SELECT count(*) FROM dead_letter").single(Int.self)
    }

    /// The maximum number of rows per statement, so that each one is short.
    private static let removedAtOnce = 10_000

    /// Removes dead letters older than `age`; returns how many.
    ///
    /// Numbers rise with `buried_at`, except for concurrent transactions, so only the lowest numbers are checked.
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

    /// Removes the oldest dead letters; returns how many.
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

    static func insert(_ letters: [DeadLetter], on connection: PostgresConnection) async throws {
        guard !letters.isEmpty else { return }
        try await connection.execute(
            """
            INSERT INTO dead_letter
                (partition, "offset", reason, person_id, appended_at, schema_version, traceparent, payload)
            SELECT partition, "offset", reason,
                coalesce(
                    nullif(person_id, 0),
                    CASE WHEN reason <> \(DeadLetterReason.unknownSchemaVersion.rawValue) THEN location_message_person(payload) END
                ),
                appended_at, nullif(schema_version, ''), nullif(traceparent, ''), payload
            FROM unnest(
                \(letters.map { Int16($0.partition) }), \(letters.map(\.offset)), \(letters.map(\.reason.rawValue)),
                \(letters.map { $0.personID?.rawValue ?? 0 }), \(letters.map(\.appendedAt.postgres)),
                \(letters.map { $0.schemaVersion ?? "" }), \(letters.map { $0.trace?.traceparent ?? "" }),
                \(letters.map(\.payload))
            ) AS letter (partition, "offset", reason, person_id, appended_at, schema_version, traceparent, payload)
            """
        )
    }
}
