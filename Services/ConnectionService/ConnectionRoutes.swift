import HTTPServer
import JSON
import Models
import Persistence
import Proximity
import RESTAccess
import RESTContract

/// Reads locations.
protocol LocationRepository: Sendable {
    func location(_ id: LocationID) async throws -> Location?
    func hasPerson(_ id: PersonID) async throws -> Bool
    func trail(of person: PersonID, in window: TimeWindow, after last: Location?, limit: Int) async throws -> [Location]
    /// The next page of the persons near a person.
    func nextContacts(of search: inout ContactSearch, limit: Int) async throws -> [Contact]
    /// Returns several persons; unknown numbers are missing from the result.
    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person]
}

/// The routes of connection-service.
struct ConnectionRoutes<Locations: LocationRepository, Meetings: MeetingRepository>: Sendable {
    let locations: Locations
    let meetings: Meetings
    /// Limits answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// What requests of attendees may show of others.
    let views: LimitedViews

    var router: Router {
        var router = Router()
        router.get("/api/persons/{id}/connection", handler: connections)
        router.get("/api/persons/{id}/locations", handler: trail)
        router.get("/api/locations/{id}", handler: location)
        MeetingRoutes(meetings: meetings, inProgress: inProgress, views: views).add(to: &router)
        VisitRoutes(visits: meetings, inProgress: inProgress).add(to: &router)
        StatisticsRoutes(visits: meetings, inProgress: inProgress, views: views).add(to: &router)
        return router
    }

    private func connections(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let start = try request.query.require("start_date", as: CalendarDate.self)
        let end = try request.query.require("end_date", as: CalendarDate.self)
        let radius = try request.query.optional("distance", as: Radius.self) ?? .standard
        let apart = try request.query.optional("within", as: TimeApart.self)
        guard let window = TimeWindow(from: start, through: end) else {
            throw Problem(
                .badRequest,
                "The window of time is reversed.",
                errors: [.parameter("end_date", "Expected a day that is not before start_date.")]
            )
        }
        guard try await locations.persons([id])[id] != nil else { throw Problem.noSuchPerson }
        let width = QuestionWidth(distance: radius, within: apart, end: "end_date")
        var search = ContactSearch(of: id, in: window, radius: radius, within: apart?.microseconds)
        let limit = Self.contactsAtOnce
        let first = try await width.explain { try await locations.nextContacts(of: &search, limit: limit) }
        let size = first.count * MemoryLayout<Contact>.stride + (search.isOver ? 0 : ContactSearch.overhead)
        let memory = try inProgress.memory.take(size + AnswersInProgress.overhead, for: request.clientAddress)
        let (page, rest) = (Handover(first), search)
        return .stream(contentType: "application/json") { output in
            defer { withExtendedLifetime(memory) {} }
            let names = PersonNames { try await locations.persons($0) }
            var answer = ConnectionAnswer(page.take() ?? [], rest, names)
            var writer = JSONWriter()
            writer.begin(.array)
            while try await answer.write(to: &writer, locations, limit) { try await output.write(writer.takeBytes()) }
            writer.end(.array)
            try await output.write(writer.takeBytes())
        }
    }

    /// The most contacts that an answer holds; the search for the next ones starts once these are sent.
    private static var contactsAtOnce: Int { AnswersInProgress.largestRows / MemoryLayout<Contact>.stride }

    private func location(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: LocationID.self)
        guard let location = try await locations.location(id), request.access.mayMeet(location.report.personID) else {
            throw Problem.noSuchLocation
        }
        return .json { location.write(to: &$0) }
    }

    private func trail(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let window = try TimeWindow(request.query)
        let format = try ListFormat(for: request, of: [.json, .geoJSON], "A trail")
        guard try await locations.hasPerson(id) else { throw Problem.noSuchPerson }
        let memory = try inProgress.memory.take(AnswersInProgress.overhead, for: request.clientAddress)
        return .stream(contentType: format.contentType, headers: ["Vary": "Accept"]) { output in
            defer { withExtendedLifetime(memory) {} }
            var writer = ListWriter(format)
            var last: Location?
            let limit = AnswersInProgress.rowsAtOnce
            while true {
                let page = try await locations.trail(of: id, in: window, after: last, limit: limit)
                for location in page { writer.write(location) }
                guard page.count == limit else { break }
                last = page.last
                try await output.write(writer.takeBytes())
            }
            writer.end()
            try await output.write(writer.takeBytes())
        }
    }
}
