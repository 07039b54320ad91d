internal import Geospatial
package import Models
package import Postgres

/// All that is stored, as it was at one moment.
package struct LocationExport: Sendable {
    /// Where storing goes on in each partition of the queue.
    ///
    /// What lies before is in the locations, what comes behind is not. A partition of which nothing has been stored yet
    /// may be missing.
    package let offsets: [Int: Int64]
    /// Everybody.
    package let persons: [PersonID]
    /// The locations in no order, in pieces of bounded size, while more are read.
    package let locations: PostgresCopyChunks<Location>
}

extension LocationStore {
    /// How many locations a piece of an export has: 2 MB.
    private static let exportChunkSize = 1 << 16

    /// Reads all that is stored, from a day on, as fast as the database gives it: COPY in one snapshot.
    ///
    /// It may take longer than other statements may, as long as it goes on.
    ///
    /// - Parameters:
    ///   - day: the first day whose locations are wanted; all if `nil`.
    ///   - body: uses the export.
    /// - Returns: what `body` returns.
    /// - Throws: `PostgresError`, and what `body` throws.
    package func withExport<Value>(
        from day: CalendarDate?,
        _ body: (LocationExport) async throws -> Value
    ) async throws -> Value {
        try await client.withTransaction(isolation: .repeatableRead, readOnly: true, retries: 0) { connection in
            // The bound on statements is for answers; this one takes as long as there are rows.
            try await connection.execute("SET LOCAL statement_timeout = 0")
            let offsets = try await Self.offsets(on: connection)
            let persons = try await connection.query("SELECT id FROM person").column(PersonID.self)
            let since: PostgresQuery =
                if let day {
                    "WHERE creation_time >= \(literal: Timestamp(microseconds: day.microseconds).postgres)"
                } else {
                    ""
                }
            return try await connection.withCopyOut(
                """
                COPY (
                    SELECT id, person_id, creation_time, coordinate, accuracy, coalesce(is_mock, false), device,
                        coalesce(is_heartbeat, false)
                    FROM location \(fragment: since)
                ) TO STDOUT (FORMAT binary)
                """,
                chunkSize: Self.exportChunkSize,
                timeout: .seconds(24 * 3_600),
                decode: LocationRows.read
            ) { locations in
                try await body(LocationExport(offsets: offsets, persons: persons, locations: locations))
            }
        }
    }

    /// Which of some persons exist, and where storing goes on in each partition: all as of one moment.
    package func standing(
        of persons: [PersonID]
    ) async throws -> (existing: Set<PersonID>, offsets: [Int: Int64]) {
        let rows = try await client.query(
            """
            SELECT NULL::smallint, id::bigint FROM person WHERE id = ANY(\(persons))
            UNION ALL SELECT partition, next_offset FROM location_offset
            """
        )
        var standing: (existing: Set<PersonID>, offsets: [Int: Int64]) = ([], [:])
        for (partition, value) in try rows.decode(Int16?.self, Int64.self) {
            if let partition {
                standing.offsets[Int(partition)] = value
            } else if let person = PersonID(rawValue: value) {
                standing.existing.insert(person)
            }
        }
        return standing
    }

    /// Which of some locations are stored.
    package func stored(of locations: [Location]) async throws -> Set<LocationID> {
        guard let first = locations.lazy.map(\.report.creationTime).min(),
            let last = locations.lazy.map(\.report.creationTime).max()
        else { return [] }
        // The bounds leave only the partitions of that time to be looked at.
        let rows = try await client.query(
            """
            SELECT id FROM location
            WHERE id = ANY(\(locations.map(\.id))) AND creation_time BETWEEN \(first.postgres) AND \(last.postgres)
            """
        )
        return Set(try rows.column(LocationID.self))
    }

    /// Where storing goes on in each partition of the queue.
    package func offsets() async throws -> [Int: Int64] {
        try await client.withConnection { try await Self.offsets(on: $0) }
    }

    private static func offsets(on connection: PostgresConnection) async throws -> [Int: Int64] {
        let rows = try await connection.query("SELECT partition, next_offset FROM location_offset")
        return Dictionary(
            try rows.decode(Int16.self, Int64.self).map { (Int($0), $1) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
