import HTTPServer
import Models
import Observability
import Postgres
import RESTTestSupport
import TestSupport
import Testing
import Venue

@testable import ConnectionService
@testable import Persistence

/// The job that makes reports, with a real database.
@Suite(.timeLimit(.minutes(10))) struct DailyReportTests {
    @Test func makesOneReportOfADay() async throws {
        try await withEvent { event async throws in
            #expect(try await event.makeReports(now: "2020-08-15T22:59:59") == [])
            // The day ends at 22:00 UTC, an hour before.
            #expect(try await event.makeReports(now: "2020-08-15T23:00:00") == ["2020-08-15"])
            let first = try await event.figures()
            #expect(first.visitors == 10)
            #expect(first.zones.map(\.zone.name) == ["Hall", "=Booth, 12"])
            #expect(first.zones[1].peak == ZoneFigures.Peak(start: "2020-08-15T12:30:00+02:00", persons: 10))
            #expect(first.sessions.map(\.attendees) == [10])
            let met = try #require(first.peopleMet)
            // All are at one place.
            #expect(met.persons == 10 && met.lowerQuartile == 9 && met.upperQuartile == 9 && met.meetings == 45)
            // What arrives later changes nothing.
            await event.meetings.add(try meeting(of: 21, and: 22, at: 0, samples: 20))
            #expect(try await event.makeReports(now: "2020-08-16T23:00:00") == ["2020-08-15"])
            #expect(try await event.figures() == first)
        }
    }

    @Test func waitsUntilAnImportIsOver() async throws {
        try await withEvent { event async throws in
            let reports = event.reports()
            let now = try #require(Timestamp(iso8601: "2020-08-16T23:00:00".utf8))
            try await event.client.withConnection { connection in
                let reporter = ReportStore.Reporter(connection: connection)
                let first = try await reports.look(reporter, after: [:], now: now)
                await event.meetings.add(try meeting(of: 21, and: 22, at: 0, samples: 20))
                await event.meetings.add(try meeting(of: 23, and: 24, at: 0, samples: 20))
                let second = try await reports.look(reporter, after: first, now: now)
                #expect(try await event.days() == [])
                _ = try await reports.look(reporter, after: second, now: now)
            }
            #expect(try await event.figures().visitors == 15)
        }
    }

    @Test func hidesFiguresOfFourPersons() async throws {
        try await withEvent(persons: 4) { event async throws in
            _ = try await event.makeReports(now: "2020-08-16T23:00:00")
            let figures = try await event.figures()
            #expect(figures.visitors == nil && figures.zones.isEmpty && figures.peopleMet == nil)
            #expect(figures.sessions.map(\.attendees) == [nil])
        }
    }

    @Test func countsPersonsWhoAgreed() async throws {
        try await withEvent { event async throws in
            // Persons 1 to 6 agreed before, 7 and 8 after they had met; the others not at all.
            var consents: [PersonID: Consents] = [:]
            for person in Int32(1)...8 {
                var own = Consents()
                own.since[.statistics] = EventFixtures.time(person <= 6 ? -60 : 100_000)
                consents[PersonID(stored: person)] = own
            }
            let agreed = consents
            #expect(try await event.makeReports(now: "2020-08-16T23:00:00", consents: agreed) == ["2020-08-15 agreed"])
            let figures = try await event.figures(ofEveryone: false)
            #expect(figures.visitors == 5)
            #expect(figures.peopleMet?.persons == 5)
            #expect(figures.peopleMet?.median == 5 && figures.peopleMet?.meetings == 15)
            // Requests without access control have reports of their own.
            #expect(try await event.makeReports(now: "2020-08-16T23:00:00") == ["2020-08-15", "2020-08-15 agreed"])
        }
    }

    @Test func makesMissedDaysFromTheOldestOn() async throws {
        let hours = [
            ("2020-08-13T21:30:00Z", "2020-08-15T08:00:00Z"), ("2020-08-18T08:00:00Z", "2020-08-18T09:00:00Z"),
        ]
        // 23:30 in Madrid belongs to the 13th.
        let days = ["2020-08-13", "2020-08-14", "2020-08-15", "2020-08-18"]
        try await withEvent(hours: hours) { event async throws in
            #expect(try await event.makeReports(now: "2020-08-14T23:30:00") == Array(days[..<2]))
            #expect(try await event.makeReports(now: "2020-08-25T00:00:00") == days)
            #expect(try await event.order() == days)
            #expect(try await event.figures(on: "2020-08-14").visitors == nil)
            #expect(try await event.figures().visitors == 10)
        }
    }

    @Test func twoProcessesMakeOneReport() async throws {
        try await withEvent { event async throws in
            async let one = event.makeReports(now: "2020-08-16T23:00:00", isElected: false)
            async let other = event.makeReports(now: "2020-08-16T23:00:00", isElected: false)
            #expect(try await [one, other] == [["2020-08-15"], ["2020-08-15"]])
            #expect(String(decoding: event.metrics.prometheusText(), as: UTF8.self).contains("reports_made_total 1\n"))
        }
    }

    @Test func aFailureLeavesNothingAndIsRepeated() async throws {
        try await withEvent { event async throws in
            let broken = await InMemoryMeetings(failure: InvalidFixture(), events: event.meetings.events.events)
            await #expect(throws: InvalidFixture.self) {
                try await event.makeReports(now: "2020-08-16T23:00:00", meetings: broken)
            }
            #expect(try await event.days() == [])
            #expect(try await event.makeReports(now: "2020-08-16T23:00:00") == ["2020-08-15"])
        }
    }

    @Test(arguments: [("2020-03-29", 23, 92, "+01:00", "+02:00"), ("2020-10-25", 25, 100, "+02:00", "+01:00")])
    func daysAreLocalOnesWhenClocksChange(
        day: String,
        hours: Int64,
        bins: Int,
        first: String,
        last: String
    ) async throws {
        try await withEvent(hours: [("\(day)T09:00:00Z", "\(day)T17:00:00Z")]) { event async throws in
            let missing = try #require(try await event.missingDay())
            #expect(missing.date.description == day)
            #expect(missing.time.end.microseconds - missing.time.start.microseconds == hours * 3_600_000_000)
            #expect(missing.offsets.count == bins)
            #expect(missing.localTime(missing.time.start) == "\(day)T00:00:00\(first)")
            let latest = Timestamp(microseconds: missing.time.end.microseconds - 1_000_000)
            #expect(missing.localTime(latest) == "\(day)T23:59:59\(last)")
            #expect(try await event.makeReports(now: "2021-01-01T00:00:00") == [day])
        }
    }

    @Test func eventsWithoutHoursOrAfterTheirRetentionHaveNoReports() async throws {
        try await withEvent(hours: []) { event async throws in
            #expect(try await event.makeReports(now: "2030-01-01T00:00:00") == [])
        }
        try await withEvent(retentionDays: 3) { event async throws in
            #expect(try await event.makeReports(now: "2020-08-18T18:00:00") == [])
            #expect(try await event.makeReports(now: "2020-08-17T23:00:00") == ["2020-08-15"])
        }
    }

    @Test func reportsGoWithTheirEvent() async throws {
        try await withEvent { event async throws in
            _ = try await event.makeReports(now: "2020-08-16T23:00:00")
            _ = try await event.client.query("DELETE FROM event WHERE id = 2")
            #expect(try await event.days() == [])
        }
    }

    @Test func electsOneProcess() async throws {
        try await withEvent { event async throws in
            let store = ReportStore(client: event.client)
            let isElected = try await store.whileElected { _ in
                let isOtherElected = try await store.whileElected { _ in }
                #expect(!isOtherElected)
            }
            #expect(isElected)
        }
    }
}

/// An event in Madrid on 2020-08-15, where pairs of persons stay together in a booth for ten minutes.
private struct ReportedEvent {
    let client: PostgresClient
    let meetings: InMemoryMeetings
    let metrics = MetricsRegistry()

    /// The job of a process.
    func reports(
        _ consents: [PersonID: Consents]? = nil,
        _ meetings: InMemoryMeetings? = nil
    ) -> DailyReports<InMemoryMeetings> {
        var source: (@Sendable () throws(Problem) -> [PersonID: Consents])?
        if let consents { source = { () throws(Problem) in consents } }
        return DailyReports(
            ReportStore(client: client),
            meetings ?? self.meetings,
            isCurrent: { true },
            consents: source,
            delay: .seconds(3_600),
            logger: .silent,
            metrics: metrics
        )
    }

    /// Makes all missing reports.
    ///
    /// Returns the days of all reports.
    func makeReports(
        now: String,
        consents: [PersonID: Consents]? = nil,
        meetings: InMemoryMeetings? = nil,
        isElected: Bool = true
    ) async throws -> [String] {
        let store = ReportStore(client: client)
        let reports = reports(consents, meetings)
        let moment = try #require(Timestamp(iso8601: now.utf8))
        if isElected {
            let isElected = try await store.whileElected { try await lookTwice($0, reports, moment) }
            #expect(isElected)
        } else {
            try await client.withConnection { connection in
                try await lookTwice(ReportStore.Reporter(connection: connection), reports, moment)
            }
        }
        return try await days()
    }

    private func lookTwice(
        _ reporter: ReportStore.Reporter,
        _ reports: DailyReports<InMemoryMeetings>,
        _ now: Timestamp
    ) async throws {
        let found = try await reports.look(reporter, after: [:], now: now)
        _ = try await reports.look(reporter, after: found, now: now)
    }

    func missingDay() async throws -> EventDay? {
        try await client.withConnection { connection in
            let now = Timestamp.now()
            return try await ReportStore.Reporter(connection: connection)
                .missingDay(after: nil, endedBefore: now, now: now, ofEveryone: true)
        }
    }

    /// The days of all reports, and which of them count persons who agreed.
    func days() async throws -> [String] {
        try await client.query(
            """
            SELECT concat_ws(' ', day, CASE WHEN NOT of_everyone THEN 'agreed' END) FROM event_report
            ORDER BY day, of_everyone DESC
            """
        ).column(String.self)
    }

    /// The days in the order in which their reports were made.
    func order() async throws -> [String] {
        try await client.query("SELECT day::text FROM event_report ORDER BY made_at").column(String.self)
    }

    func figures(on day: String = "2020-08-15", ofEveryone: Bool = true) async throws -> DayFigures {
        let date = try #require(CalendarDate(iso8601: day.utf8))
        let report = try await ReportStore(client: client).report(
            of: EventFixtures.event,
            on: date,
            ofEveryone: ofEveryone
        )
        return try DayFigures(json: try #require(report).figures)
    }
}

private func withEvent(
    persons: Int32 = 10,
    hours: [(String, String)] = [("2020-08-15T08:00:00Z", "2020-08-15T16:00:00Z")],
    retentionDays: Int32? = nil,
    _ body: (ReportedEvent) async throws -> Void
) async throws {
    let stored = try stride(from: 1, to: persons, by: 2).flatMap { first in
        // Each pair meets at a time of its own.
        try meeting(of: first, and: first + 1, at: Int64(first) * 7, samples: 20)
    }
    let setup = try EventFixtures.setup(sessions: [(31, "Opening", 0..<600)])
    let meetings = await InMemoryMeetings(stored, events: [setup])
    try await TestDatabase.withClient(.tables) { client in
        try await client.execute(
            """
            INSERT INTO event (name, time_zone, opens, closes, retention_days)
            SELECT 'Fair', 'Europe/Madrid', \(hours.map(\.0))::text[]::timestamptz[], \(hours.map(\.1))::text[]::timestamptz[],
                \(retentionDays)
            """
        )
        try await body(ReportedEvent(client: client, meetings: meetings))
    }
}
