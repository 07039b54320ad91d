import Access
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// Reads daily reports.
protocol ReportRepository: Sendable {
    /// The reports of an event without their figures, the newest day first.
    func reports(of event: EventID, ofEveryone: Bool) async throws -> [EventReport]
    /// Returns the report about a day, or `nil` if it was not made.
    func report(of event: EventID, on day: CalendarDate, ofEveryone: Bool) async throws -> EventReport?
}

extension ReportStore: ReportRepository {}

/// The REST routes for daily reports.
struct ReportRoutes: Sendable {
    let reports: any ReportRepository
    /// The events now.
    let events: @Sendable () -> EventDirectory.State
    /// Answers in progress.
    let inProgress: AnswersInProgress

    /// The formats of a report; the raw values are their media types.
    private enum Format: String, NegotiatedFormat {
        case json = "application/json"
        case html = "text/html"
        case csv = "text/csv"

        static let subject = "A report"
    }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/events/{id}/reports", handler: list)
        router.get("/api/events/{id}/reports/{day}", handler: report)
    }

    /// The reports of an event, the newest day first.
    private func list(_ request: Request) async throws -> Response {
        let event = try events().known(try request.parameter("id", as: EventID.self)).event
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        let last = try request.query.optional("cursor", as: CalendarDate.self)
        let page = try RowPage(
            of: try await reports.reports(of: event.id, ofEveryone: request.countsEveryone),
            limit: limit,
            for: request,
            behind: last.map { last in { $0.date < last } },
            cursor: { $0.date.description }
        )
        return try page.response(to: request, inProgress, ListWriter(.json), keeping: ()) { rows, _, writer in
            for report in rows { writer.json.object { report.writeMembers(to: &$0) } }
        }
    }

    /// The report of a day.
    private func report(_ request: Request) async throws -> Response {
        let event = try events().known(try request.parameter("id", as: EventID.self)).event
        let day = try request.parameter("day", as: CalendarDate.self)
        let format = try Format(accept: request.headers["Accept"])
        let found = try await reports.report(of: event.id, on: day, ofEveryone: request.countsEveryone)
        guard let report = found else { throw Problem.noSuchReport }
        switch format {
        case .json:
            return try answer(to: request, "application/json", [{ report.json }])
        case .html:
            let page = ReportPage(report, of: event, try DayFigures(json: report.figures))
            return try answer(to: request, "text/html; charset=utf-8", page.parts, ReportPage.headers)
        case .csv:
            let parts = ReportTable.parts(of: try DayFigures(json: report.figures))
            return try answer(to: request, "text/csv; charset=utf-8; header=present", parts)
        }
    }

    /// Sends an answer part by part.
    private func answer(
        to request: Request,
        _ contentType: String,
        _ parts: [@Sendable () -> [UInt8]],
        _ headers: HTTPHeaders = [:]
    ) throws -> Response {
        let memory = try inProgress.memory.take(AnswersInProgress.largest, for: request.clientAddress)
        var headers = headers
        headers["Vary"] = "Accept"
        return .stream(contentType: contentType, headers: headers) { output in
            defer { withExtendedLifetime(memory) {} }
            for part in parts { try await output.write(part()) }
        }
    }
}

extension Problem {
    fileprivate static let noSuchReport = Problem(.notFound, "The event has no report about this day.")
}

extension EventReport: SizedRow {
    var size: Int { MemoryLayout<Self>.stride + timeZone.utf8.count + figures.utf8.count }

    /// Writes the members of all reports: the day, and when the report was made.
    fileprivate func writeMembers(to writer: inout JSONWriter) {
        writer.member("day", date.description)
        writer.member("time_zone", timeZone)
        writer.member("start", time.start.description)
        writer.member("end", time.end.description)
        writer.member("made_at", madeAt.description)
    }

    /// The report as a JSON object.
    fileprivate var json: [UInt8] {
        JSONWriter.object { writer in
            writeMembers(to: &writer)
            writer.member("format", format)
            writer.key("figures")
            writer.value(json: figures.utf8)
        }
    }
}
