internal import Geospatial
internal import Models
internal import Postgres

/// Rows of `location` in PostgreSQL's binary COPY format.
enum LocationRows {
    /// The columns in the table's order.
    static let columns: PostgresQuery = "id, person_id, creation_time, coordinate, cell, accuracy"

    /// Sends locations through a COPY statement that takes the table's columns.
    ///
    /// - Parameters:
    ///   - locations: the rows.
    ///   - hasAccuracy: whether the table has its column `accuracy` already, as it has after the last migration.
    ///   - statement: the statement.
    ///   - connection: where.
    /// - Throws: `PostgresError`.
    static func copy(
        _ locations: [Location],
        hasAccuracy: Bool = true,
        into statement: PostgresQuery,
        on connection: PostgresConnection
    ) async throws {
        guard !locations.isEmpty else { return }
        try await connection.copyIn(statement) { writer in
            for location in locations {
                let report = location.report
                try writer.beginRow(fieldCount: hasAccuracy ? 6 : 5)
                try writer.write(location.id.rawValue)
                try writer.write(report.personID.rawValue)
                try writer.write(report.creationTime.postgres)
                try writer.write(bytes: WellKnownPoint.bytes(report.coordinate))
                try writer.write(GridCell(report.coordinate).rawValue)
                guard hasAccuracy else { continue }
                if let accuracy = report.accuracy {
                    try writer.write(Int32(accuracy.metres))
                } else {
                    try writer.writeNull()
                }
            }
        }
    }

    /// Reads a row of number, person, time, coordinate and accuracy, as COPY gives it, without anything in between.
    @Sendable static func read(_ row: inout PostgresCopyRow) throws -> Location {
        guard let id = LocationID(rawValue: try row.read(Int64.self)),
            let person = PersonID(rawValue: try row.read(Int32.self))
        else { throw PostgresError(.decoding, "A stored number is none that a location or a person can have.") }
        let time = Timestamp(try row.read(PostgresTimestamp.self))
        guard let coordinate = try row.withBytesIfPresent(WellKnownPoint.read) else { throw PostgresError.notAPoint }
        let accuracy = try row.readIfPresent(Int32.self).flatMap { Accuracy(wholeMetres: $0) }
        return Location(
            id: id,
            report: LocationReport(personID: person, coordinate: coordinate, creationTime: time, accuracy: accuracy)
        )
    }
}
