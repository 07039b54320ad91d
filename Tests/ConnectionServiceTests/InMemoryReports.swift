import Models

@testable import ConnectionService

/// Reports of one event.
struct InMemoryReports: ReportRepository {
    /// The newest day first.
    var reports: [EventReport] = []

    func reports(of event: EventID, ofEveryone: Bool) async throws -> [EventReport] { ofEveryone ? reports : [] }

    func report(of event: EventID, on day: CalendarDate, ofEveryone: Bool) async throws -> EventReport? {
        try await reports(of: event, ofEveryone: ofEveryone).first { $0.date == day }
    }
}
