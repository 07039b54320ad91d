import HTTPServer
import JSON
import Models
import Persistence
import Proximity
import RESTContract

/// Where locations are read from.
protocol LocationRepository: Sendable {
    func location(_ id: LocationID) async throws -> Location?
    func hasPerson(_ id: PersonID) async throws -> Bool
    func trail(of person: PersonID, in window: TimeWindow, after last: Location?, limit: Int) async throws -> [Location]
    /// Whom a person was close to, the closest first, or `nil` if there is no such person; at most so far apart in time, if
    /// that matters.
    func connections(
        of person: PersonID,
        in window: TimeWindow,
        within radius: Radius,
        apart: TimeApart?
    ) async throws -> [Connection]?
}

/// The REST surface of connection-service.
struct ConnectionRoutes<Locations: LocationRepository, Encounters: EncounterRepository>: Sendable {
    let locations: Locations
    let encounters: Encounters
    /// Which locations make meetings.
    var plausibility = Plausibility.everything

    var router: Router {
        var router = Router()
        router.get("/api/persons/{id}/connection", handler: connections)
        router.get("/api/persons/{id}/locations", handler: trail)
        router.get("/api/locations/{id}", handler: location)
        EncounterRoutes(encounters: encounters, plausibility: plausibility).add(to: &router)
        return router
    }

    /// How many items are made into JSON at a time.
    private static var pageSize: Int { 1_000 }

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
        guard let found = try await locations.connections(of: id, in: window, within: radius, apart: apart) else {
            throw Problem.noSuchPerson
        }
        return .stream(contentType: "application/json") { output in
            var writer = JSONWriter()
            writer.beginArray()
            for (index, connection) in found.enumerated() {
                connection.write(to: &writer)
                if index % Self.pageSize == Self.pageSize - 1 { try await output.write(writer.takeBytes()) }
            }
            writer.endArray()
            try await output.write(writer.takeBytes())
        }
    }

    private func location(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: LocationID.self)
        guard let location = try await locations.location(id) else { throw Problem.noSuchLocation }
        return .json { location.write(to: &$0) }
    }

    private func trail(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let window = try TimeWindow(request.query)
        let format = try TrailFormat(accept: request.headers["Accept"])
        guard try await locations.hasPerson(id) else { throw Problem.noSuchPerson }
        return .stream(contentType: format.contentType, headers: ["Vary": "Accept"]) { output in
            var writer = JSONWriter()
            format.begin(&writer)
            var last: Location?
            while true {
                let page = try await locations.trail(of: id, in: window, after: last, limit: Self.pageSize)
                for location in page { format.write(location, to: &writer) }
                guard page.count == Self.pageSize else { break }
                last = page.last
                try await output.write(writer.takeBytes())
            }
            format.end(&writer)
            try await output.write(writer.takeBytes())
        }
    }
}
