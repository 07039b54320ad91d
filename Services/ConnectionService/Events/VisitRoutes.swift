import HTTPServer
import JSON
import Models
import RESTContract
import Venue

/// The REST routes for visits and attendance.
struct VisitRoutes<Visits: VisitRepository>: Sendable {
    let visits: Visits
    /// Answers in progress.
    let inProgress: AnswersInProgress

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/visits", handler: visitsOfPerson)
        router.get("/api/events/{id}/zones/{zone}/visits", handler: visitsOfZone)
        router.get("/api/events/{id}/sessions/{session}/attendance", handler: attendance)
    }

    /// The visits of a person, in order of time.
    private func visitsOfPerson(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let window = try TimeWindow(request.query)
        let format = try ListFormat(for: request, of: [.json, .csv], "A list of visits")
        let event = try request.query.optional("event", as: EventID.self)
        let cursor = try request.query.optional("cursor", as: VisitKey.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        if let event { _ = try visits.events.known(event) }
        guard let found = try await MeetingQuestion.explain({ try await visits.presences(of: id, during: window) })
        else {
            throw Problem.noSuchPerson
        }
        let events = found.events.filter { event == nil || $0.setup.event.id == event }
        let rows = events.flatMap { VisitRow.all(of: id, at: $0, during: window) }.sorted { $0.key < $1.key }
        let page = try page(of: rows, request, limit, cursor)
        let setups = Dictionary(events.map { ($0.setup.event.id, $0.setup) }) { first, _ in first }
        let columns = ["event_id"] + CSVWriter.zoneColumns + ListWriter.visitColumns + ["sessions"]
        let empty = ListWriter(format, columns: columns)
        return try page.response(to: request, inProgress, empty, keeping: ()) { rows, _, writer in
            for row in rows {
                if let setup = setups[row.event] { writer.write(row, in: setup) }
            }
        }
    }

    /// The visits of a zone, in order of time.
    private func visitsOfZone(_ request: Request) async throws -> Response {
        let setup = try visits.events.known(try request.parameter("id", as: EventID.self))
        let number = try request.parameter("zone", as: ZoneID.self)
        let window = try TimeWindow(request.query)
        let format = try ListFormat(for: request, of: [.json, .csv], "A list of visits")
        let cursor = try request.query.optional("cursor", as: VisitKey.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        guard setup.plan.venue.indices[number] != nil else { throw Problem.noSuchZone }
        let found = try await MeetingQuestion.explain { try await visits.presences(during: window) }.event(
            setup.event.id
        )
        // The plan may have changed since.
        guard let found, let zone = found.setup.plan.venue.indices[number] else { throw Problem.noSuchZone }
        let rows = VisitRow.all(of: zone, at: found, during: window).sorted { $0.key < $1.key }
        let page = try page(of: rows, request, limit, cursor)
        let columns = CSVWriter.personColumns + ListWriter.visitColumns
        let (empty, names) = (ListWriter(format, columns: columns), PersonNames { try await visits.persons($0) })
        return try page.response(to: request, inProgress, empty, keeping: names) { rows, names, writer in
            let persons = try await names.persons(rows.map(\.person))
            for row in rows {
                // A person may have been erased in the meantime.
                if let person = persons[row.person] { writer.write(row, by: person) }
            }
        }
    }

    /// The attendees of a session, by number.
    private func attendance(_ request: Request) async throws -> Response {
        let setup = try visits.events.known(try request.parameter("id", as: EventID.self))
        let number = try request.parameter("session", as: SessionID.self)
        let format = try ListFormat(for: request, of: [.json, .csv], "A list of visits")
        let last = try request.query.optional("cursor", as: PersonID.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        guard let session = setup.plan.indices[number].map({ setup.plan.sessions[$0] }) else {
            throw Problem.noSuchSession
        }
        let window = TimeWindow(microseconds: session.microseconds)
        let found = try await MeetingQuestion.explain { try await visits.presences(during: window) }.event(
            setup.event.id
        )
        let rows = found.flatMap { found in
            found.setup.plan.indices[number].map { AttendeeRow.all(of: $0, at: found) }
        }
        let page = try RowPage(
            of: rows ?? [],
            limit: limit,
            for: request,
            behind: last.map { last in { $0.person > last } },
            cursor: { String($0.person.rawValue) }
        )
        let columns = CSVWriter.personColumns + ListWriter.attendeeColumns
        let (empty, names) = (ListWriter(format, columns: columns), PersonNames { try await visits.persons($0) })
        return try page.response(to: request, inProgress, empty, keeping: names) { rows, names, writer in
            let persons = try await names.persons(rows.map(\.person))
            for row in rows {
                if let person = persons[row.person] { writer.write(row, person) }
            }
        }
    }

    private func page(
        of rows: [VisitRow],
        _ request: Request,
        _ limit: Int?,
        _ cursor: VisitKey?
    ) throws(Problem) -> RowPage<VisitRow> {
        try RowPage(
            of: rows,
            limit: limit,
            for: request,
            behind: cursor.map { cursor in { $0.key > cursor } },
            cursor: { $0.key.text }
        )
    }
}
