internal import Geospatial
internal import Models
internal import Postgres

/// Rows of `location` in PostgreSQL's binary COPY format.
enum LocationRows {
    /// The columns in the table's order.
    static let columns: PostgresQuery = """
        id, person_id, creation_time, coordinate, cell, accuracy, is_mock, altitude, speed, course, battery, device,
        is_heartbeat
        """

    /// Writes locations by a COPY statement for the table's columns.
    ///
    /// - Parameters:
    ///   - locations: the rows.
    ///   - isCurrent: `false` within a migration, when the table has only the first five columns.
    ///   - statement: the statement.
    ///   - connection: the session.
    /// - Throws: `PostgresError`.
    static func copy(
        _ locations: [Location],
        isCurrent: Bool = true,
        into statement: PostgresQuery,
        on connection: PostgresConnection
    ) async throws {
        guard !locations.isEmpty else { return }
        try await connection.copyIn(statement) { writer in
            for location in locations {
                let report = location.report
                try writer.beginRow(fieldCount: isCurrent ? 13 : 5)
                try writer.write(location.id.rawValue)
                try writer.write(report.personID.rawValue)
                try writer.write(report.creationTime.postgres)
                try writer.write(bytes: WellKnownPoint.bytes(report.coordinate))
                try writer.write(GridCell(report.coordinate).rawValue)
                guard isCurrent else { continue }
                try writer.write(optional: report.accuracy.map { Int32($0.metres) })
                if report.isMock { try writer.write(true) } else { try writer.writeNull() }
                for quantity in Telemetry.Quantity.allCases {
                    try writer.write(optional: report.telemetry[stored: quantity])
                }
                try writer.write(optional: report.device.stored)
                if report.isHeartbeat { try writer.write(true) } else { try writer.writeNull() }
            }
        }
    }

    /// Appends the location of a row that COPY sends, without intermediate objects.
    ///
    /// The columns are number, person, time, coordinate, accuracy, mock, device and heartbeat.
    @Sendable static func read(_ row: inout PostgresCopyRow, into locations: inout [Location]) throws {
        let (number, personNumber) = (try row.read(Int64.self), try row.read(Int32.self))
        guard let id = LocationID(rawValue: number), personNumber > 0 else {
            throw PostgresError(.decoding, "A stored location has an invalid number or person.")
        }
        let person = PersonID(stored: personNumber)
        let time = Timestamp(try row.read(PostgresTimestamp.self))
        var coordinate: Coordinate?
        guard try row.withBytes({ bytes throws(PostgresError) in coordinate = try WellKnownPoint.read(bytes) }),
            let coordinate
        else { throw PostgresError.notAPoint }
        let accuracy = try row.readIfPresent(Int32.self).flatMap { Accuracy(wholeMetres: Int($0)) }
        let isMock = try row.read(Bool.self)
        let device = DeviceNumber(stored: try row.readIfPresent(Int16.self))
        let isHeartbeat = try row.read(Bool.self)
        locations.append(
            Location(
                id: id,
                report: LocationReport(
                    personID: person,
                    coordinate: coordinate,
                    creationTime: time,
                    accuracy: accuracy,
                    isMock: isMock,
                    isHeartbeat: isHeartbeat,
                    device: device
                )
            )
        )
    }
}

extension PostgresCopyWriter {
    /// Writes a number, or NULL for `nil`.
    fileprivate mutating func write(optional value: (some FixedWidthInteger & BitwiseCopyable)?) throws(PostgresError) {
        if let value { try write(value) } else { try writeNull() }
    }
}
