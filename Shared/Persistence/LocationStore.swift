package import Geospatial
package import Models
package import Postgres

/// The locations in the database, for readers.
package struct LocationStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Returns a page of a person's locations in time order, without telemetry.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - window: the time range.
    ///   - last: the page starts after this location; at the beginning if `nil`.
    ///   - limit: the maximum size of the page.
    /// - Returns: the locations; empty after the last.
    /// - Throws: `PostgresError`.
    package func trail(
        of person: PersonID,
        in window: TimeWindow,
        after last: Location?,
        limit: Int
    ) async throws -> [Location] {
        let start = last?.report.creationTime ?? window.start
        let rest = TimeWindow(start: max(start, window.start), end: max(start, window.end)) ?? window
        let rows = try await client.query(
            """
            \(fragment: Self.trail(of: person, in: rest))
            WHERE (creation_time, id) > (\(start.postgres), \(last?.id.rawValue ?? 0))
            ORDER BY creation_time, id LIMIT \(limit)
            """
        )
        return try Self.decode(rows)
    }

    /// Returns whether a person exists.
    package func hasPerson(_ id: PersonID) async throws -> Bool {
        try await client.query("SELECT EXISTS (SELECT FROM person WHERE id = \(id))").single(Bool.self)
    }

    /// Returns the time of the earliest location; `nil` if there is none.
    package func earliestTime() async throws -> Timestamp? {
        // One lookup per person and partition, because no index is on the time alone.
        try await client.query(
            """
            SELECT min(first.creation_time) FROM person p CROSS JOIN LATERAL (
                (SELECT creation_time FROM location WHERE person_id = p.id AND id >= \(literal: LocationID.leastQueued)
                ORDER BY creation_time LIMIT 1)
                UNION ALL
                (SELECT creation_time FROM location WHERE person_id = p.id AND id < \(literal: LocationID.leastQueued)
                ORDER BY creation_time LIMIT 1)
            ) first
            """
        ).single(PostgresTimestamp?.self).map { Timestamp($0) }
    }

    /// Runs reads in one snapshot.
    package func withSnapshot<Value>(_ body: (LocationSnapshot) async throws -> Value) async throws -> Value {
        try await client.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            try await body(LocationSnapshot(connection: connection))
        }
    }

    /// A person's locations, unordered; the conditions on the number are those of the two partial indexes.
    static func trail(of person: PersonID, in window: TimeWindow, _ columns: PostgresQuery = columns) -> PostgresQuery {
        """
        SELECT * FROM (
            SELECT \(fragment: columns) FROM location l
            WHERE l.person_id = \(person) AND l.id >= \(literal: LocationID.leastQueued)
                AND l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
            UNION ALL
            SELECT \(fragment: columns) FROM location l
            WHERE l.person_id = \(person) AND l.id < \(literal: LocationID.leastQueued)
                AND l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
        ) trail
        """
    }

    static let columns: PostgresQuery = """
        l.id, l.person_id, l.creation_time, ST_X(l.coordinate), ST_Y(l.coordinate), l.accuracy, coalesce(l.is_mock, false),
        l.device, coalesce(l.is_heartbeat, false)
        """

    static func decode(_ rows: PostgresRows) throws -> [Location] {
        try rows.decode(
            LocationID.self,
            PersonID.self,
            PostgresTimestamp.self,
            Double.self,
            Double.self,
            Accuracy?.self,
            Bool.self,
            Int16?.self,
            Bool.self
        ).map { id, person, time, longitude, latitude, accuracy, isMock, device, isHeartbeat in
            let report = LocationReport(
                personID: person,
                coordinate: try coordinate(latitude: latitude, longitude: longitude),
                creationTime: Timestamp(time),
                accuracy: accuracy,
                isMock: isMock,
                isHeartbeat: isHeartbeat,
                device: DeviceNumber(stored: device)
            )
            return Location(id: id, report: report)
        }
    }

    static func coordinate(latitude: Double, longitude: Double) throws -> Coordinate {
        guard let latitude = DegreesE7(degrees: latitude), let longitude = DegreesE7(degrees: longitude) else {
            throw PostgresError.notAPoint
        }
        return try Coordinate(latitude: latitude, longitude: longitude)
    }
}

/// The locations in one snapshot.
package struct LocationSnapshot: Sendable {
    let connection: PostgresConnection

    /// Rows in memory at a time.
    private static let pageSize = 10_000
    /// The maximum number of cells in an equality list; larger areas use ranges of cells.
    private static let maximumCells: Int64 = 50_000

    /// Returns whether a person exists.
    package func hasPerson(_ id: PersonID) async throws -> Bool {
        try await connection.query("SELECT EXISTS (SELECT FROM person WHERE id = \(id))").single(Bool.self)
    }

    /// Finds several persons; unknown numbers are missing from the result.
    package func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        try await PersonStore.persons(ids, on: connection)
    }

    /// Reads a person's locations in time order, in pages of bounded size.
    package func forEachPage(
        ofTrailOf person: PersonID,
        in window: TimeWindow,
        _ visit: ([Location]) async throws -> Void
    ) async throws {
        let trail = LocationStore.trail(of: person, in: window)
        try await forEachPage("\(fragment: trail) ORDER BY creation_time, id", visit)
    }

    /// Reads the locations of other persons in some cells, unordered, in pages of bounded size: one statement over the
    /// (cell, time) index.
    ///
    /// - Parameters:
    ///   - runs: disjoint ranges of cells.
    ///   - window: the time range.
    ///   - person: the person to exclude.
    ///   - visit: receives each page.
    /// - Throws: `PostgresError`, and what `visit` throws.
    package func forEachPage(
        in runs: [ClosedRange<GridCell>],
        during window: TimeWindow,
        excluding person: PersonID,
        _ visit: ([Location]) async throws -> Void
    ) async throws {
        let cells = runs.reduce(0) { $0 + $1.upperBound.rawValue - $1.lowerBound.rawValue + 1 }
        let match: PostgresQuery
        if cells <= Self.maximumCells {
            // With equality, the index scan goes straight to the time within each cell.
            let list = runs.flatMap { Array($0.lowerBound.rawValue...$0.upperBound.rawValue) }
            match = "unnest(\(list)) AS c (cell) JOIN location l ON l.cell = c.cell"
        } else {
            let (lower, upper) = (runs.map(\.lowerBound.rawValue), runs.map(\.upperBound.rawValue))
            match =
                "unnest(\(lower), \(upper)) AS c (lower, upper) JOIN location l ON l.cell BETWEEN c.lower AND c.upper"
        }
        try await forEachPage(
            """
            SELECT \(fragment: LocationStore.columns) FROM \(fragment: match)
            WHERE l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
                AND l.person_id <> \(person)
            """,
            visit
        )
    }

    /// Reads all locations of a time range, unordered, in pages of bounded size.
    ///
    /// It takes one lookup per person in the (person, time) index, which suits ranges up to some days.
    package func forEachPage(during window: TimeWindow, _ visit: ([Location]) async throws -> Void) async throws {
        let times: PostgresQuery = """
            l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
            """
        try await forEachPage(
            """
            SELECT l.* FROM person p CROSS JOIN LATERAL (
                SELECT \(fragment: LocationStore.columns) FROM location l
                WHERE l.person_id = p.id AND l.id >= \(literal: LocationID.leastQueued) AND \(fragment: times)
                UNION ALL
                SELECT \(fragment: LocationStore.columns) FROM location l
                WHERE l.person_id = p.id AND l.id < \(literal: LocationID.leastQueued) AND \(fragment: times)
            ) l
            """,
            visit
        )
    }

    private func forEachPage(_ query: PostgresQuery, _ visit: ([Location]) async throws -> Void) async throws {
        try await connection.execute("DECLARE page NO SCROLL CURSOR FOR \(fragment: query)")
        while true {
            let page = try LocationStore.decode(
                await connection.query("FETCH FORWARD \(literal: Self.pageSize) FROM page")
            )
            if !page.isEmpty { try await visit(page) }
            guard page.count == Self.pageSize else { break }
        }
        try await connection.execute("CLOSE page")
    }
}
