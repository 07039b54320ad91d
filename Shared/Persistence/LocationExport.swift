internal import Geospatial
package import Models
package import Postgres

/// Everything that is stored, in one snapshot.
package struct LocationExport: Sendable {
    /// The next offset of each partition of the queue.
    ///
    /// Messages before it are in the locations, later ones are not. A partition from which nothing was stored may be
    /// missing.
    package let offsets: [Int: Int64]
    /// All persons.
    package let persons: [PersonID]
    /// The locations, unordered, in chunks of bounded size that are read on demand.
    package let locations: PostgresCopyChunks<Location>
}

extension LocationStore {
    /// Locations per chunk of an export: 2 MB.
    private static let exportChunkSize = 1 << 16

    /// Reads everything from a day on by COPY, in one snapshot.
    ///
    /// The export has no time limit as long as rows arrive.
    ///
    /// - Parameters:
    ///   - day: the first day to export; all days if `nil`.
    ///   - body: receives the export.
    /// - Returns: what `body` returns.
    /// - Throws: `PostgresError`, and what `body` throws.
    package func withExport<Value>(
        from day: CalendarDate?,
        _ body: (LocationExport) async throws -> Value
    ) async throws -> Value {
        try await client.withTransaction(isolation: .repeatableRead, readOnly: true, retries: 0) { connection in
            // The usual statement timeout is meant for requests; this statement takes as long as there are rows.
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

    /// Returns which of some persons exist, and the next offset of each partition, in one snapshot.
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

    /// Returns which of some locations are stored.
    package func stored(of locations: [Location]) async throws -> Set<LocationID> {
        guard let first = locations.lazy.map(\.report.creationTime).min(),
            let last = locations.lazy.map(\.report.creationTime).max()
        else { return [] }
        // The bounds limit the search to the partitions of that time.
        let rows = try await client.query(
            """
            SELECT id FROM location
            WHERE id = ANY(\(locations.map(\.id))) AND creation_time BETWEEN \(first.postgres) AND \(last.postgres)
            """
        )
        return Set(try rows.column(LocationID.self))
    }

    /// Returns the next offset of each partition of the queue.
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
