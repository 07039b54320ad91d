import HTTPServer
import JSON
import Models
import Presence
import Proximity
import RESTContract

/// The REST routes for meetings and people met.
struct MeetingRoutes<Meetings: MeetingRepository>: Sendable {
    let meetings: Meetings
    /// Answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// What requests of attendees may show of others.
    let views: LimitedViews

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/people", handler: people)
        router.get("/api/persons/{id}/encounters", handler: list)
        router.get("/api/persons/{id}/encounters/{other}/evidence", handler: evidence)
        router.get("/api/encounters", handler: listAll)
    }

    /// A person's meetings.
    private func list(_ request: Request) async throws -> Response {
        let format = try ListFormat(for: request, of: [.json, .geoJSON, .csv], "A person's meetings")
        return try await page(of: request, ListWriter(format, columns: ListWriter.meetingColumns)) { id, question in
            try await meetings.meetings(of: id, question, .answer)
        } write: { row, other, names, writer in
            writer.write(row, with: other, names)
        }
    }

    /// Lists the people that a person met, one row each.
    private func people(_ request: Request) async throws -> Response {
        let format = try ListFormat(for: request, of: [.json, .csv, .vCard], "The people that a person met")
        let order = try request.query.optional("order", as: PersonRow.Order.self) ?? .significance
        return try await page(of: request, ListWriter(format, columns: ListWriter.peopleColumns)) { id, question in
            try await meetings.people(of: id, question, order)
        } write: { row, other, names, writer in
            writer.write(row, with: other, names)
        }
    }

    /// Lists rows about a person, optionally filtered by `company` or `name`.
    ///
    /// `limit` and `cursor` select a page; `Link` leads to the next one.
    private func page<Row: RankedRow>(
        of request: Request,
        _ empty: ListWriter,
        find: (PersonID, MeetingQuestion) async throws -> FoundRows<Row>?,
        write: @escaping @Sendable (Row, Person, EventNames, inout ListWriter) -> Void
    ) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let view = try views.view(of: id, for: request)
        let question = try MeetingQuestion(request.query, at: meetings.events, as: view)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        let cursor = try request.query.optional("cursor", as: MeetingCursor.self)
        let filter = try PersonFilter(request.query)
        guard let answer = try await MeetingQuestion.explain({ try await find(id, question) }) else {
            throw Problem.noSuchPerson
        }
        var found = answer.rows
        if let filter {
            let wanted = try await filter.matches(Set(found.map { $0.other(than: id) })) {
                try await meetings.persons($0, as: view?.unlimited)
            }
            found.removeAll { !wanted.contains($0.other(than: id)) }
        }
        found.sort { $0.rank(for: id) < $1.rank(for: id) }
        if filter != nil, let view {
            // A match reveals the name, so unnamed persons never match.
            let named = try await meetings.persons(found.map { $0.other(than: id) }, as: view)
            found.removeAll { named[$0.other(than: id)]?.id != $0.other(than: id) }
        }
        let page = try RowPage(
            of: found,
            limit: limit,
            for: request,
            behind: cursor.map { cursor in { $0.rank(for: id) > cursor.rank } },
            cursor: { MeetingCursor(rank: $0.rank(for: id)).text }
        )
        let (places, names) = (answer.names, PersonNames { try await meetings.persons($0, as: view) })
        return try page.response(to: request, inProgress, empty, keeping: names) { rows, names, writer in
            let others = try await names.persons(rows.map { $0.other(than: id) })
            for row in rows {
                // A person may have been erased in the meantime.
                if let other = others[row.other(than: id)] { write(row, other, places, &writer) }
            }
        }
    }

    /// Lists the meetings of all persons, one JSON object a line, ordered by the two persons and then by time.
    private func listAll(_ request: Request) async throws -> Response {
        let question = try MeetingQuestion(request.query, at: meetings.events, longest: Self.longestExport)
        let place = try inProgress.exports.take(for: request.clientAddress)
        let memory = try inProgress.memory.take(AnswersInProgress.overhead, for: request.clientAddress)
        try await meetings.checkAvailability()
        // Find the first part now, while a status can still report that the question is too wide.
        let (first, rest) = try await MeetingQuestion.explain {
            var sequence = try await meetings.allMeetings(question)
            return (try await sequence.next(), sequence)
        }
        // Release the permits before the client sees the end, so that it can send the next request at once.
        let held = Handover((place, memory))
        return .stream(contentType: "application/x-ndjson") { output in
            let permits = held.take()
            defer { withExtendedLifetime(permits) {} }
            var sequence = rest
            var names = PersonNames { try await meetings.persons($0) }
            var found = first
            while let part = found {
                // The server cancels the request when the client disconnects, even if there is nothing to write.
                try Task.checkCancellation()
                try await Self.write(part, sequence.names, &names, to: output)
                found = try await sequence.next()
            }
        }
    }

    private static func write(
        _ found: [MeetingRow],
        _ places: EventNames,
        _ names: inout PersonNames,
        to output: ResponseWriter
    ) async throws {
        var start = 0
        while start < found.count {
            let part = found[start...].prefix(AnswersInProgress.rowsAtOnce)
            let persons = try await names.persons(
                part.flatMap { [PersonID(stored: $0.meeting.first), PersonID(stored: $0.meeting.second)] }
            )
            var writer = JSONWriter()
            for row in part {
                guard let first = persons[PersonID(stored: row.meeting.first)],
                    let second = persons[PersonID(stored: row.meeting.second)]
                else { continue }
                row.write(places, to: &writer) { $0.writePersons(first, second) }
                writer.endLine()
            }
            try await output.write(writer.takeBytes())
            start = part.endIndex
        }
    }

    /// Maximum window of a request for the meetings of all persons: a day.
    private static var longestExport: Duration { .seconds(86_400) }

    /// Shows the evidence for and against meetings of two persons.
    private func evidence(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let other = try request.parameter("other", as: PersonID.self)
        guard id != other else {
            throw Problem(
                .badRequest,
                "A person cannot meet themselves.",
                errors: [.parameter("other", "Expected a person other than id.")]
            )
        }
        let view = try views.view(of: id, for: request)
        if let view, !view.names(other.rawValue) { throw Problem.noSuchPerson }
        let question = try MeetingQuestion(request.query, as: view)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.evidenceLimit
        let persons = try await meetings.persons([id, other], as: view)
        guard let own = persons[id], let others = persons[other], others.id == other else {
            throw Problem.noSuchPerson
        }
        let evidence = try await MeetingQuestion.explain {
            try await meetings.evidence(of: id, and: other, question.rule)
        }
        let shown = view.map { evidence.limited(to: $0) } ?? evidence
        return .json { shown.write(to: &$0, own, others, question.rule, limit: limit) }
    }

    /// Default limit for overlaps and for ignored locations.
    private static var evidenceLimit: Int { 100 }
}
