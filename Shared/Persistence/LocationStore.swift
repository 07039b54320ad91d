package import Geospatial
package import Models
package import Postgres

/// The locations in the database, for those who read.
package struct LocationStore: Sendable {
    let client: PostgresClient

    /// Makes a store in a database whose schema is up to date.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// One location by its number, with all that the phone told.
    package func location(_ id: LocationID) async throws -> Location? {
        let rows = try await client.query(
            """
            SELECT \(fragment: Self.columns), l.altitude, l.speed, l.course, l.battery FROM location l WHERE id = \(id)
            """
        )
        return try rows.decode(
            LocationID.self,
            PersonID.self,
            PostgresTimestamp.self,
            Double.self,
            Double.self,
            Accuracy?.self,
            Bool.self,
            Int16?.self,
            Bool.self,
            Int16?.self,
            Int16?.self,
            Int16?.self,
            Int16?.self
        ).map {
            id,
            person,
            time,
            longitude,
            latitude,
            accuracy,
            isMock,
            device,
            isHeartbeat,
            altitude,
            speed,
            course,
            battery in
            var telemetry = Telemetry()
            telemetry[stored: .altitude] = altitude
            telemetry[stored: .speed] = speed
            telemetry[stored: .course] = course
            telemetry[stored: .battery] = battery
            let report = LocationReport(
                personID: person,
                coordinate: try Self.coordinate(latitude: latitude, longitude: longitude),
                creationTime: Timestamp(time),
                accuracy: accuracy,
                isMock: isMock,
                isHeartbeat: isHeartbeat,
                telemetry: telemetry,
                device: DeviceNumber(stored: device)
            )
            return Location(id: id, report: report)
        }.first
    }

    /// A part of where a person was, in the order of time, without what phones tell besides.
    ///
    /// - Parameters:
    ///   - person: whose trail.
    ///   - window: the time.
    ///   - last: the location behind which to go on; from the start if `nil`.
    ///   - limit: how many at most.
    /// - Returns: the locations, none behind the last.
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

    /// Whether a person exists.
    package func hasPerson(_ id: PersonID) async throws -> Bool {
        try await client.query("SELECT EXISTS (SELECT FROM person WHERE id = \(id))").single(Bool.self)
    }

    /// The earliest moment at which anybody was anywhere; `nil` if there is no location.
    package func earliestTime() async throws -> Timestamp? {
        // A lookup a person and partition, because no index is on the time alone.
        try await client.query(
            """
            SELECT min(first.creation_time) FROM person p CROSS JOIN LATERAL (
                (SELECT creation_time FROM location WHERE person_id = p.id AND id >= 4294967296
                ORDER BY creation_time LIMIT 1)
                UNION ALL
                (SELECT creation_time FROM location WHERE person_id = p.id AND id < 4294967296
                ORDER BY creation_time LIMIT 1)
            ) first
            """
        ).single(PostgresTimestamp?.self).map { Timestamp($0) }
    }

    /// Reads of one snapshot: what one of them sees, all of them see.
    package func withSnapshot<Value>(_ body: (LocationSnapshot) async throws -> Value) async throws -> Value {
        try await client.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            try await body(LocationSnapshot(connection: connection))
        }
    }

    /// A person's locations in no order; the predicates on the number are those of the two partial indexes.
    static func trail(of person: PersonID, in window: TimeWindow) -> PostgresQuery {
        """
        SELECT * FROM (
            SELECT \(fragment: columns) FROM location l
            WHERE l.person_id = \(person) AND l.id >= 4294967296
                AND l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
            UNION ALL
            SELECT \(fragment: columns) FROM location l
            WHERE l.person_id = \(person) AND l.id < 4294967296
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

    private static func coordinate(latitude: Double, longitude: Double) throws -> Coordinate {
        guard let latitude = DegreesE7(degrees: latitude), let longitude = DegreesE7(degrees: longitude) else {
            throw PostgresError.notAPoint
        }
        return try Coordinate(latitude: latitude, longitude: longitude)
    }
}

/// The locations as they were at one moment.
package struct LocationSnapshot: Sendable {
    let connection: PostgresConnection

    /// How many rows are in memory at a time.
    private static let pageSize = 10_000
    /// How many cells are asked for one by one; beyond, runs of cells are.
    private static let maximumCells: Int64 = 50_000

    /// Whether a person exists.
    package func hasPerson(_ id: PersonID) async throws -> Bool {
        try await connection.query("SELECT EXISTS (SELECT FROM person WHERE id = \(id))").single(Bool.self)
    }

    /// The persons of some numbers; who does not exist is left out.
    package func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        try await PersonStore.persons(ids, on: connection)
    }

    /// Where a person was, in order of time, in pages of bounded size.
    package func forEachPage(
        ofTrailOf person: PersonID,
        in window: TimeWindow,
        _ visit: ([Location]) async throws -> Void
    ) async throws {
        let trail = LocationStore.trail(of: person, in: window)
        try await forEachPage("\(fragment: trail) ORDER BY creation_time, id", visit)
    }

    /// What others left in some cells, in no order, in pages of bounded size: one statement over the (cell, time) index.
    ///
    /// - Parameters:
    ///   - runs: runs of cells that do not overlap.
    ///   - window: the time.
    ///   - person: whom to leave out.
    ///   - visit: takes a page.
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
            // Equality lets the index go straight to the time within each cell.
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

    /// Where everybody was, in no order, in pages of bounded size: a lookup a person in the (person, time) index, which
    /// suits windows up to some days.
    package func forEachPage(during window: TimeWindow, _ visit: ([Location]) async throws -> Void) async throws {
        let times: PostgresQuery = """
            l.creation_time >= \(window.start.postgres) AND l.creation_time < \(window.end.postgres)
            """
        try await forEachPage(
            """
            SELECT l.* FROM person p CROSS JOIN LATERAL (
                SELECT \(fragment: LocationStore.columns) FROM location l
                WHERE l.person_id = p.id AND l.id >= 4294967296 AND \(fragment: times)
                UNION ALL
                SELECT \(fragment: LocationStore.columns) FROM location l
                WHERE l.person_id = p.id AND l.id < 4294967296 AND \(fragment: times)
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
