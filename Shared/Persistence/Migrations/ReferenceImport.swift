internal import Geospatial
internal import JSON
internal import Models
internal import Postgres

/// Imports the locations of an unmigrated legacy database, with their numbers and all repeats.
///
/// The legacy system stores latitudes as x. If only the other order is a point on Earth, the import swaps the axes. A row
/// without a time, or without a valid point in either order, becomes a dead letter, so that nothing is lost.
struct ReferenceImport {
    private static let rowsPerStep: Int32 = 20_000

    private let connection: PostgresConnection

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    func run() async throws {
        let hasTable = try await connection.query("SELECT to_regclass('reference_location') IS NOT NULL")
            .single(Bool.self)
        guard hasTable else { return }
        // A later migration defines this function, but nothing else can create partitions.
        try await connection.execute(script: Migration.createLocationPartition)
        var last: Int32 = .min
        while let next = try await importRows(after: last) { last = next }
        try await connection.execute("DROP TABLE reference_location")
    }

    /// Imports a page of rows, ordered by number; returns the last number, or `nil` after the end.
    private func importRows(after last: Int32) async throws -> Int32? {
        let rows = try await connection.query(
            """
            SELECT id, person_id,
                CASE WHEN isfinite(creation_time) THEN creation_time AT TIME ZONE 'UTC' END,
                CASE WHEN geometrytype(coordinate) = 'POINT' THEN ST_X(coordinate) END,
                CASE WHEN geometrytype(coordinate) = 'POINT' THEN ST_Y(coordinate) END
            FROM reference_location WHERE id > \(last) ORDER BY id LIMIT \(Self.rowsPerStep)
            """
        ).decode(Int32.self, Int32.self, PostgresTimestamp?.self, Double?.self, Double?.self)
        var locations: [Location] = []
        var unplaced: [Int32] = []
        for (id, personID, time, x, y) in rows {
            if let location = Self.location(id: id, personID: personID, time: time, x: x, y: y) {
                locations.append(location)
            } else {
                unplaced.append(id)
            }
        }
        try await LocationPartitions.create(for: locations.map(\.report.creationTime), on: connection)
        try await LocationRows.copy(
            locations,
            isCurrent: false,
            into: "COPY location FROM STDIN (FORMAT binary)",
            on: connection
        )
        try await connection.execute(
            """
            INSERT INTO dead_letter (reason, person_id, payload, appended_at)
            SELECT 'unrepresentable', person_id, convert_to(row_to_json(r)::text, 'UTF8'), now()
            FROM (
                SELECT id, person_id, encode(ST_AsEWKB(coordinate), 'hex') AS coordinate, creation_time
                FROM reference_location WHERE id = ANY(\(unplaced))
            ) r
            """
        )
        return rows.last?.0
    }

    private static func location(
        id: Int32,
        personID: Int32,
        time: PostgresTimestamp?,
        x: Double?,
        y: Double?
    ) -> Location? {
        guard let id = LocationID(rawValue: Int64(id)), let person = PersonID(rawValue: personID),
            let time = time.map(Timestamp.init), time <= Timestamp.supported.upperBound,
            let latitude = x.flatMap(DegreesE7.init(degrees:)), let longitude = y.flatMap(DegreesE7.init(degrees:)),
            let (coordinate, _) = try? Coordinate.normalizingAxes(latitude: latitude, longitude: longitude)
        else { return nil }
        return Location(
            id: id,
            report: LocationReport(personID: person, coordinate: coordinate, creationTime: time)
        )
    }
}
