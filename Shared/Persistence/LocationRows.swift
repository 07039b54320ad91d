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

    /// Appends a row of number, person, time, coordinate and accuracy, as COPY gives it, without anything in between.
    @Sendable static func read(_ row: inout PostgresCopyRow, into locations: inout [Location]) throws {
        let (number, personNumber) = (try row.read(Int64.self), try row.read(Int32.self))
        guard let id = LocationID(rawValue: number), personNumber > 0 else {
            throw PostgresError(.decoding, "A stored number is none that a location or a person can have.")
        }
        let person = PersonID(stored: personNumber)
        let time = Timestamp(try row.read(PostgresTimestamp.self))
        var coordinate: Coordinate?
        guard try row.withBytes({ bytes throws(PostgresError) in coordinate = try WellKnownPoint.read(bytes) }),
            let coordinate
        else { throw PostgresError.notAPoint }
        let accuracy = try row.readIfPresent(Int32.self).flatMap { Accuracy(wholeMetres: Int($0)) }
        locations.append(
            Location(
                id: id,
                report: LocationReport(
                    personID: person,
                    coordinate: coordinate,
                    creationTime: time,
                    accuracy: accuracy
                )
            )
        )
    }
}
