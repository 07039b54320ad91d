import Concurrency
import Credentials
import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// The routes of person-service for events.
struct EventRoutes: Sendable {
    let events: any EventRepository
    /// Turns identifiers of transmitters into hints; `nil` if the deployment has no secret for them.
    let digest: HintDigest?
    /// Admits one file at a time, because each one may take a few hundred megabytes of memory.
    let turn = AsyncSemaphore(
        width: 1,
        longestQueue: 8,
        refusal: Problem.unavailable("The server reads other plans and programmes: try again shortly.", retryAfter: 5)
    )

    /// The maximum size of an event's description; a venue may have many corners.
    private static let maximumEvent = 4 << 20
    /// The maximum size of a file with a plan or a programme.
    static let maximumFile = 32 << 20

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/events", handler: list)
        router.post("/api/events", of: .json, handler: create)
        router.get("/api/events/{id}", handler: read)
        router.put("/api/events/{id}", of: .json, handler: replace)
        router.delete("/api/events/{id}", handler: remove)
        router.get("/api/events/{id}/plan", handler: readPlan)
        router.put("/api/events/{id}/plan", handler: replacePlan)
        router.get("/api/events/{id}/programme", handler: readProgramme)
        router.put("/api/events/{id}/programme", handler: replaceProgramme)
    }

    /// The event in the path.
    func event(of request: Request) async throws -> Event {
        guard let event = try await events.event(try request.parameter("id", as: EventID.self)) else {
            throw Problem.noSuchEvent
        }
        return event
    }

    private func list(_ request: Request) async throws -> Response {
        let found = try await events.events()
        return .json { writer in
            writer.array(of: found) { $1.write(to: &$0) }
        }
    }

    private func create(_ request: Request) async throws -> Response {
        let details = try EventDetails(try await request.body.collect(upTo: Self.maximumEvent))
        guard let event = try await events.create(details) else {
            throw Problem(
                .conflict,
                "There are at most \(EventStore.maximumEvents) events: remove one before adding another."
            )
        }
        return .json(status: .created, headers: ["Location": "/api/events/\(event.id.rawValue)"]) {
            event.write(to: &$0)
        }
    }

    private func read(_ request: Request) async throws -> Response {
        let event = try await event(of: request)
        return .json { event.write(to: &$0) }
    }

    private func replace(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: EventID.self)
        let details = try EventDetails(try await request.body.collect(upTo: Self.maximumEvent))
        let event = Event(id: id, details: details)
        guard try await events.replace(event) else { throw Problem.noSuchEvent }
        return .json { event.write(to: &$0) }
    }

    private func remove(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: EventID.self)
        guard id != .standard else {
            throw Problem(.conflict, "Event 1 exists in every deployment: give it a venue and opening hours instead.")
        }
        guard try await events.remove(id) else { throw Problem.noSuchEvent }
        return .noContent
    }
}

extension Problem {
    /// 404 for the number of an event that does not exist.
    static var noSuchEvent: Problem { Problem(.notFound, "No event has this number.") }
}
