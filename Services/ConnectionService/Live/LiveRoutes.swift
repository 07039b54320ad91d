import HTTPServer
import JSON
import Models
import Proximity
import RESTContract

/// The part of connection-service's REST surface that goes on: a person's meetings and the event, as they change.
struct LiveRoutes<Encounters: EncounterRepository>: Sendable {
    let encounters: Encounters
    /// Which locations count unless doubtful ones are asked for as well.
    let plausibility: Plausibility
    /// The event as JSON; see ``EventOverview``.
    let event: @Sendable () async throws -> [UInt8]
    /// Whether the process is about to stop: streams end then, so that their clients go elsewhere.
    let isStopping: @Sendable () -> Bool

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/encounters/stream", handler: meetings)
        router.get("/api/event", handler: overview)
        router.get("/api/event/stream", handler: overviews)
    }

    /// How often it is looked whether something has changed.
    private static var interval: Duration { .milliseconds(250) }
    /// How much longer than an answer takes to make it is waited for the next.
    private static var leisure: Int { 10 }
    /// How many meetings there are unless more or fewer are asked for.
    private static var standardLimit: Int { 100 }

    /// A person's meetings whenever they are others, and how many locations they have.
    private func meetings(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let question = try EncounterQuestion(request.query, plausibility: plausibility)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.standardLimit
        guard try await !encounters.persons([id]).isEmpty else { throw Problem.noSuchPerson }
        return .events(to: request) { stream in
            var revision: Int?
            var mark: TrailMark?
            var pause = Self.interval
            while !isStopping() {
                let current = encounters.revision
                if current != revision {
                    let began = ContinuousClock.now
                    let now = try await encounters.trailMark(of: id, in: question.window)
                    if mark != now { try await stream.send("locations", Self.count(now)) }
                    mark = now
                    guard let state = try await self.state(of: id, question, limit: limit) else { return }
                    try await stream.send("encounters", state: state)
                    revision = current
                    pause = max(Self.interval, began.duration(to: .now) * Self.leisure)
                }
                try await stream.beat()
                try await Task.sleep(for: min(pause, .seconds(5)))
            }
        }
    }

    private static func count(_ mark: TrailMark) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("count", mark.count)
        writer.endObject()
        return writer.takeBytes()
    }

    /// A person's most significant meetings; `nil` if the person is no more.
    private func state(of person: PersonID, _ question: EncounterQuestion, limit: Int) async throws -> [UInt8]? {
        let found = try await encounters.encounters(of: person, in: question.window, rule: question.rule)
        guard let found else { return nil }
        let page = found.prefix(limit)
        let others = try await encounters.persons(Array(Set(page.map { $0.persons.other(than: person) })))
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("total", found.count)
        writer.key("encounters")
        writer.beginArray()
        for encounter in page {
            guard let other = others[encounter.persons.other(than: person)] else { continue }
            encounter.write(to: &writer) { $0.writePerson(other) }
        }
        writer.endArray()
        writer.endObject()
        return writer.takeBytes()
    }

    private func overview(_ request: Request) async throws -> Response {
        .bytes(try await event(), contentType: "application/json")
    }

    /// The event, each second in which it is another.
    private func overviews(_ request: Request) async throws -> Response {
        _ = try await event()
        return .events(to: request) { stream in
            while !isStopping() {
                try await stream.send("event", state: try await event())
                try await stream.beat()
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
