package import Models
package import Postgres

/// The daily reports of events; one process at a time makes them.
package struct ReportStore: Sendable {
    let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// The reports of an event without their figures, the newest day first; a row for each day of opening hours.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - ofEveryone: whether the figures count everyone, or persons who agreed to that.
    /// - Returns: the reports.
    /// - Throws: `PostgresError`.
    package func reports(of event: EventID, ofEveryone: Bool) async throws -> [EventReport] {
        let rows = try await client.query(
            """
            SELECT day - date '1970-01-01', time_zone, starts, ends, made_at, format FROM event_report
            WHERE event_id = \(event) AND of_everyone = \(ofEveryone) ORDER BY day DESC
            """
        ).decode(
            Int32.self,
            String.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            Int16.self
        )
        return rows.map { day, timeZone, start, end, madeAt, format in
            EventReport(
                date: CalendarDate(daysSince1970: Int64(day)),
                timeZone: timeZone,
                time: TimeWindow(microseconds: Timestamp(start).microseconds..<Timestamp(end).microseconds),
                madeAt: Timestamp(madeAt),
                format: format
            )
        }
    }

    /// Returns the report about a day with its figures, or `nil` if it was not made.
    package func report(of event: EventID, on day: CalendarDate, ofEveryone: Bool) async throws -> EventReport? {
        let rows = try await client.query(
            """
            SELECT time_zone, starts, ends, made_at, format, figures FROM event_report
            WHERE event_id = \(event) AND day = date '1970-01-01' + \(Int32(clamping: day.daysSince1970))
                AND of_everyone = \(ofEveryone)
            """
        ).decode(
            String.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            PostgresTimestamp.self,
            Int16.self,
            String.self
        )
        return rows.first.map { timeZone, start, end, madeAt, format, figures in
            EventReport(
                date: day,
                timeZone: timeZone,
                time: TimeWindow(microseconds: Timestamp(start).microseconds..<Timestamp(end).microseconds),
                madeAt: Timestamp(madeAt),
                format: format,
                figures: figures
            )
        }
    }

    /// Calls `body` while this process is the one that makes reports.
    ///
    /// - Returns: `false` at once if another process is.
    /// - Throws: what `body` throws, or `PostgresError`.
    package func whileElected(_ body: (Reporter) async throws -> Void) async throws -> Bool {
        try await client.whileElected(by: AdvisoryLock.reports) { try await body(Reporter(connection: $0)) }
    }

    /// The process that makes reports.
    package struct Reporter {
        let connection: PostgresConnection
    }
}

extension ReportStore.Reporter {
    /// The first day without a report, by day and then by event.
    ///
    /// It takes 0.1 s. Days are those that opening hours touch, in the time zone of the event. Events whose time zone PostgreSQL does not know
    /// have none, and neither have events whose retention is over, because their locations may be removed.
    ///
    /// - Parameters:
    ///   - last: days up to this one are left out; `nil` for all days.
    ///   - latest: the latest end of a day.
    ///   - now: the current time.
    ///   - ofEveryone: whether the reports count everyone, or persons who agreed to that.
    /// - Returns: `nil` if no report is missing.
    /// - Throws: `PostgresError`.
    package func missingDay(
        after last: EventDay?,
        endedBefore latest: Timestamp,
        now: Timestamp,
        ofEveryone: Bool
    ) async throws -> EventDay? {
        let (day, event) = (Int32(clamping: last?.date.daysSince1970 ?? -2), last?.event.rawValue ?? 0)
        let rows = try await connection.query(
            """
            SELECT m.id, m.day - date '1970-01-01', m.time_zone, m.starts, m.ends, ARRAY(
                SELECT extract(epoch FROM (t AT TIME ZONE m.time_zone) - (t AT TIME ZONE 'UTC'))::integer
                FROM generate_series(m.starts, m.ends - interval '1 microsecond', interval '15 minutes') AS t ORDER BY t
            )
            FROM (
                SELECT e.id, e.time_zone, d.day, d.day::timestamp AT TIME ZONE z.name AS starts,
                    (d.day + 1)::timestamp AT TIME ZONE z.name AS ends
                FROM event e JOIN pg_timezone_names z ON z.name = e.time_zone
                CROSS JOIN LATERAL (
                    SELECT DISTINCT s::date AS day FROM unnest(e.opens, e.closes) AS h (o, c), generate_series(
                        date_trunc('day', h.o AT TIME ZONE z.name), h.c AT TIME ZONE z.name - interval '1 microsecond',
                        interval '1 day'
                    ) AS s
                ) d
                WHERE e.retention_days IS NULL
                    OR (SELECT max(c) FROM unnest(e.closes) AS c) + make_interval(days => e.retention_days) > \(now.postgres)
            ) m
            WHERE m.starts < m.ends AND m.ends <= \(latest.postgres)
                AND (m.day, m.id) > (date '1970-01-01' + \(day), \(event))
                AND NOT EXISTS (
                    SELECT FROM event_report r
                    WHERE r.event_id = m.id AND r.day = m.day AND r.of_everyone = \(ofEveryone)
                )
            ORDER BY m.day, m.id LIMIT 1
            """
        ).decode(EventID.self, Int32.self, String.self, PostgresTimestamp.self, PostgresTimestamp.self, [Int32].self)
        return rows.first.map { event, day, timeZone, start, end, offsets in
            EventDay(
                event: event,
                date: CalendarDate(daysSince1970: Int64(day)),
                timeZone: timeZone,
                time: TimeWindow(microseconds: Timestamp(start).microseconds..<Timestamp(end).microseconds),
                offsets: offsets
            )
        }
    }

    /// Stores the report of a day, in one statement.
    ///
    /// - Parameters:
    ///   - day: the day.
    ///   - ofEveryone: whether the figures count everyone, or persons who agreed to that.
    ///   - format: the version of the format of the figures.
    ///   - figures: the figures as a JSON object.
    /// - Returns: `false` if there is a report already, which remains, or no event any more.
    /// - Throws: `PostgresError`.
    package func add(_ day: EventDay, ofEveryone: Bool, format: Int16, figures: String) async throws -> Bool {
        try await connection.query(
            """
            INSERT INTO event_report (event_id, day, of_everyone, time_zone, starts, ends, format, figures)
            SELECT id, date '1970-01-01' + \(Int32(clamping: day.date.daysSince1970)), \(ofEveryone), \(day.timeZone),
                \(day.time.start.postgres), \(day.time.end.postgres), \(format), \(figures)::jsonb
            FROM event WHERE id = \(day.event)
            ON CONFLICT DO NOTHING
            """
        ).affectedRows > 0
    }
}
