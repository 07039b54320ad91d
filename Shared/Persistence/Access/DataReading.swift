package import JSON
package import Models
package import Postgres

/// How often others looked at a person's data: on one day, in one role, by one operation, for one purpose.
///
/// It does not tell who they are.
package struct DataReading: Hashable, Sendable {
    /// The maximum number of readings in a list.
    package static let maximumListed = 10_000

    /// The day of UTC.
    package let day: CalendarDate
    /// The role of the readers: `organiser`, `operator`, `client`.
    package let role: String
    /// The event for which they had the role, if it was one.
    package let event: EventID?
    /// The operation, such as `GET /api/persons/{id}`.
    package let operation: String
    /// The purpose, in the words of the readers.
    package let purpose: String?
    /// The number of requests.
    package let count: Int
    /// The time of the last request.
    package let lastTime: Timestamp

    package init(
        day: CalendarDate,
        role: String,
        event: EventID?,
        operation: String,
        purpose: String?,
        count: Int,
        lastTime: Timestamp
    ) {
        (self.day, self.role, self.event, self.operation) = (day, role, event, operation)
        (self.purpose, self.count, self.lastTime) = (purpose, count, lastTime)
    }

    /// The readings of a person's data, the latest first, at most ``maximumListed``.
    package static func all(of person: PersonID, in client: PostgresClient) async throws -> [DataReading] {
        try await client.query(
            """
            SELECT day, role, event_id, operation, purpose, readings, last_time FROM person_readings(\(person))
            LIMIT \(maximumListed)
            """
        ).decode(
            PostgresTimestamp.self,
            String.self,
            EventID?.self,
            String.self,
            String?.self,
            Int64.self,
            PostgresTimestamp.self
        ).map { day, role, event, operation, purpose, count, time in
            DataReading(
                day: Timestamp(day).day,
                role: role,
                event: event,
                operation: operation,
                purpose: purpose,
                count: Int(count),
                lastTime: Timestamp(time)
            )
        }
    }

    /// Writes the members `"day"`, `"role"`, `"event_id"`, `"operation"`, `"purpose"`, `"count"` and `"last_time"`.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("day", day.description)
        writer.member("role", role)
        if let event { writer.member("event_id", event.rawValue) }
        writer.member("operation", operation)
        if let purpose { writer.member("purpose", purpose) }
        writer.member("count", count)
        writer.member("last_time", lastTime.description)
    }
}
