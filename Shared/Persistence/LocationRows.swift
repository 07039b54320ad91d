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
                try writer.write(bytes: Self.point(report.coordinate))
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

    /// A point in extended well-known binary: little-endian, with its SRID, x east and y north.
    private static func point(_ coordinate: Coordinate) -> [UInt8] {
        var bytes: [UInt8] = [1, 0x01, 0x00, 0x00, 0x20, 0xE6, 0x10, 0x00, 0x00]
        bytes.reserveCapacity(25)
        for degrees in [coordinate.longitude.degrees, coordinate.latitude.degrees] {
            withUnsafeBytes(of: degrees.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
