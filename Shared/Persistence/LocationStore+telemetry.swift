internal import Geospatial
package import Models
internal import Postgres

extension LocationStore {
    /// Finds a location by its number, with its telemetry.
    package func location(_ id: LocationID) async throws -> Location? {
        try Self.decodeAll(
            await client.query("SELECT \(fragment: Self.allColumns) FROM location l WHERE id = \(id)")
        ).first
    }

    /// A page of a person's locations with their telemetry, in time order; see ``trail(of:in:after:limit:)``.
    func fullTrail(of person: PersonID, after last: Location?, limit: Int) async throws -> [Location] {
        let start = last?.report.creationTime ?? Timestamp.supported.lowerBound
        guard let rest = TimeWindow(start: start, end: Timestamp.supported.upperBound) else { return [] }
        return try Self.decodeAll(
            await client.query(
                """
                \(fragment: Self.trail(of: person, in: rest, Self.allColumns))
                WHERE (creation_time, id) > (\(start.postgres), \(last?.id.rawValue ?? 0))
                ORDER BY creation_time, id LIMIT \(limit)
                """
            )
        )
    }

    private static let allColumns: PostgresQuery = "\(fragment: columns), l.altitude, l.speed, l.course, l.battery"

    private static func decodeAll(_ rows: PostgresRows) throws -> [Location] {
        try rows.decode(
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
                coordinate: try coordinate(latitude: latitude, longitude: longitude),
                creationTime: Timestamp(time),
                accuracy: accuracy,
                isMock: isMock,
                isHeartbeat: isHeartbeat,
                telemetry: telemetry,
                device: DeviceNumber(stored: device)
            )
            return Location(id: id, report: report)
        }
    }
}
