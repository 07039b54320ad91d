import HTTPServer
import Models
import RESTContract
import Venue

/// The REST routes for organisers: figures about one day of an event, each about at least five persons.
struct StatisticsRoutes<Visits: VisitRepository>: Sendable {
    let visits: Visits
    /// Answers in progress.
    let inProgress: AnswersInProgress
    /// Says which persons the figures may count.
    let views: LimitedViews

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/events/{id}/occupancy", handler: occupancy)
        router.get("/api/events/{id}/dwell", handler: dwell)
        router.get("/api/events/{id}/flows", handler: flows)
        router.get("/api/events/{id}/sessions", handler: sessions)
        router.get("/api/events/{id}/heatmap", handler: heatMap)
    }

    private func occupancy(_ request: Request) async throws -> Response {
        let columns = CSVWriter.zoneColumns + ["start", "persons"]
        return try await answer(to: request, columns: columns) { event, day in
            Occupancy(of: event.histories, event.setup.plan, day: day.microseconds).rows
        } write: { row, setup, day, writer in
            writer.write(row, setup.plan.venue.zones[row.zone], day)
        }
    }

    private func dwell(_ request: Request) async throws -> Response {
        let columns = CSVWriter.zoneColumns + ListWriter.dwellColumns
        return try await answer(to: request, columns: columns) { event, day in
            Dwell(of: event.histories, day: day.microseconds).rows
        } write: { row, setup, _, writer in
            writer.write(row, setup.plan.venue.zones[row.zone])
        }
    }

    private func flows(_ request: Request) async throws -> Response {
        let columns = ["from_", "to_"].flatMap { side in CSVWriter.zoneColumns.map { side + $0 } } + ["persons"]
        return try await answer(to: request, columns: columns) { event, day in
            Flows(of: event.histories, event.setup.plan, day: day.microseconds).rows
        } write: { row, setup, _, writer in
            let zones = setup.plan.venue.zones
            writer.write(row, from: zones[row.from], to: zones[row.to])
        }
    }

    private func sessions(_ request: Request) async throws -> Response {
        try await answer(to: request, columns: ListWriter.sessionColumns) { event, day in
            let counts = SessionCounts(of: event.histories, event.setup.plan).attendees
            return counts.indices.filter {
                day.microseconds.contains(event.setup.plan.sessions[$0].microseconds.lowerBound)
            }
            .map { SessionCountRow(session: $0, attendees: counts[$0]) }
        } write: { row, setup, _, writer in
            writer.write(row, setup.plan.sessions[row.session])
        }
    }

    private func heatMap(_ request: Request) async throws -> Response {
        let columns = CSVWriter.zoneColumns + ListWriter.heatColumns
        return try await answer(to: request, [.geoJSON, .csv], "A heat map", columns: columns) { event, day in
            HeatMap(of: event.histories, event.setup.plan, day: day.microseconds).rows
        } write: { row, setup, _, writer in
            writer.write(row, setup.plan.venue.zones[row.zone])
        }
    }

    /// Answers with a page of rows about the requested day.
    private func answer<Row: SizedRow>(
        to request: Request,
        _ formats: [ListFormat] = [.json, .csv],
        _ subject: String = "The statistics",
        columns: [String],
        rows: @escaping @Sendable (StatisticsBasis, TimeWindow) -> [Row],
        write: @escaping @Sendable (Row, EventSetup, TimeWindow, inout ListWriter) -> Void
    ) async throws -> Response {
        let empty = ListWriter(try ListFormat(for: request, of: formats, subject), columns: columns)
        let setup = try visits.events.known(try request.parameter("id", as: EventID.self))
        let date = try request.query.require("day", as: CalendarDate.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        let offset = try request.query.optional("cursor", as: RowOffset.self)?.rows ?? 0
        guard let day = TimeWindow(from: date, through: date) else {
            throw Problem(.badRequest, "The day is out of range.", errors: [.parameter("day", "Expected a later day.")])
        }
        let found = try await MeetingQuestion.explain { try await visits.presences(during: day) }.event(setup.event.id)
        let presence = found ?? EventPresence(setup)
        let counted = try views.counted(for: request)
        let numbered = try await visits.compute {
            let basis = StatisticsBasis(
                histories: Array(counted.histories(presence.histories).values),
                setup: presence.setup
            )
            return rows(basis, day).enumerated().map { NumberedRow(number: $0, row: $1) }
        }
        let page = try RowPage(
            of: numbered,
            limit: limit,
            for: request,
            behind: { $0.number >= offset },
            cursor: { String($0.number + 1) }
        )
        let plan = presence.setup
        return try page.response(to: request, inProgress, empty, keeping: ()) { rows, _, writer in
            for row in rows { write(row.row, plan, day, &writer) }
        }
    }
}

/// The data from which figures are computed.
private struct StatisticsBasis: Sendable {
    /// The histories of the persons that the figures count.
    let histories: [EventHistory]
    let setup: EventSetup
}

/// A row with its index in the list, from which the cursor is made.
private struct NumberedRow<Row: SizedRow>: SizedRow {
    let number: Int
    let row: Row

    var size: Int { row.size + MemoryLayout<Int>.stride }
}

/// The parameter `cursor`: the number of rows before the page.
private struct RowOffset: PathParameter {
    let rows: Int

    init?(pathParameter: Substring) {
        guard let rows = Int(pathParameter), rows >= 0 else { return nil }
        self.rows = rows
    }

    static var expectation: String { MeetingCursor.expectation }
}
