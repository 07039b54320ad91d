import HTTPServer
import Models
import Observability
import Persistence
import Presence
import Proximity
import Venue

/// Makes the daily reports of all events, in one of all processes.
///
/// A report is one row, which is stored once and never changed. So a process that is killed leaves no part of one, and days
/// that were missed are made later, the oldest first. A report is stored once two looks have found the same figures, because an
/// import of past locations may be running. It uses at most a fifth of a processor.
struct DailyReports<Meetings: MeetingRepository>: Sendable {
    private let store: ReportStore
    private let meetings: Meetings
    /// Whether the index has all locations.
    private let isCurrent: @Sendable () -> Bool
    /// The consents of all persons; `nil` if everyone counts.
    private let consents: (@Sendable () throws(Problem) -> [PersonID: Consents])?
    /// The time from the end of a day to its report, for locations that arrive late.
    private let delay: Duration
    private let logger: Logger
    private let made: Counter

    /// The shortest pause between two reports.
    private static var leastPause: Duration { .milliseconds(100) }
    /// The time between two looks for missing reports.
    private static var pause: Duration { .seconds(60) }

    /// The figures of each missing report that the last look has found, as hash values.
    typealias Found = [EventDay: Int]

    init(
        _ store: ReportStore,
        _ meetings: Meetings,
        isCurrent: @escaping @Sendable () -> Bool,
        consents: (@Sendable () throws(Problem) -> [PersonID: Consents])?,
        delay: Duration,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        (self.store, self.meetings, self.isCurrent) = (store, meetings, isCurrent)
        (self.consents, self.delay, self.logger) = (consents, delay, logger)
        made = metrics.counter("reports_made_total", "Daily reports that this process has made.")
    }

    /// Makes reports while this process is elected, until the task is cancelled.
    func run() async throws {
        try await ElectedWork.run(if: isCurrent(), logger, "Could not make reports") {
            try await store.whileElected(makeReports)
        }
    }

    /// Makes reports until the index falls behind; then another process may be better.
    private func makeReports(_ reporter: ReportStore.Reporter) async throws {
        var found: Found = [:]
        while isCurrent() {
            found = try await look(reporter, after: found)
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Looks for missing reports, and makes those whose figures are the same as before.
    ///
    /// - Parameters:
    ///   - reporter: stores reports.
    ///   - before: what the look before has found.
    ///   - now: the current time.
    /// - Returns: what this look has found; some days are missing if the index falls behind.
    /// - Throws: `PostgresError`, or a problem if the index cannot answer.
    func look(_ reporter: ReportStore.Reporter, after before: Found, now: Timestamp = .now()) async throws -> Found {
        let latest = Timestamp(microseconds: now.microseconds - Int64(delay / .microseconds(1)))
        var found: Found = [:]
        var last: EventDay?
        while isCurrent(),
            let day = try await reporter.missingDay(
                after: last,
                endedBefore: latest,
                now: now,
                ofEveryone: consents == nil
            )
        {
            let began = ContinuousClock.now
            do {
                if let figures = try await figures(of: day) {
                    found[day] = figures.hashValue
                    if found[day] == before[day] { try await store(figures, of: day, reporter) }
                }
            } catch let failure as SearchFailure {
                // Other days may be smaller.
                logger.warning("Could not make the report of a day", error: failure)
            }
            last = day
            try await ElectedWork.rest(since: began, atLeast: Self.leastPause)
        }
        return found
    }

    private func store(_ figures: DayFigures, of day: EventDay, _ reporter: ReportStore.Reporter) async throws {
        let isNew = try await reporter.add(
            day,
            ofEveryone: consents == nil,
            format: DayFigures.format,
            figures: figures.json
        )
        if isNew { made.increment() }
    }

    /// The figures of a day; `nil` if its event is not loaded yet.
    private func figures(of day: EventDay) async throws -> DayFigures? {
        guard let setup = meetings.events.event(day.event) else { return nil }
        let counted = try consents.map { CountedPersons(try $0()) } ?? .everyone
        let presence = try await meetings.presences(during: day.time).event(day.event) ?? EventPresence(setup)
        let peopleMet = try await peopleMet(on: day, at: presence.setup, counted)
        return try await meetings.compute {
            let histories = Array(counted.histories(presence.histories).values)
            var figures = DayFigures(of: histories, presence.setup.plan, day)
            figures.peopleMet = peopleMet
            return figures
        }
    }

    /// Sums up the meetings at an event of persons who both count since before they met.
    private func peopleMet(
        on day: EventDay,
        at setup: EventSetup,
        _ counted: CountedPersons
    ) async throws -> PeopleMet? {
        var sum = PeopleMet.Sum()
        var sequence = try await meetings.allMeetings(MeetingQuestion(day.time, at: EventScope(setup)))
        while let part = try await sequence.next() {
            for meeting in part.lazy.map(\.meeting)
            where [meeting.first, meeting.second].allSatisfy({ counted.include($0, at: meeting.start) }) {
                sum.add(meeting.first, meeting.second, seconds: meeting.seconds)
            }
        }
        return sum.published
    }
}
