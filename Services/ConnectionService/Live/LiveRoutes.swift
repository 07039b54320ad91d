import HTTPServer
import JSON
import Models
import Proximity
import RESTContract

/// The part of connection-service's REST surface that goes on: a person's meetings and the event, as they change.
struct LiveRoutes<Encounters: EncounterRepository>: Sendable {
    let encounters: Encounters
    /// Answers, streams and exports in progress.
    let inProgress: AnswersInProgress
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
    /// The longest that is waited, and how long after the server had no room for an answer.
    private static var longestPause: Duration { .seconds(5) }
    /// How many meetings there are unless more or fewer are asked for.
    private static var standardLimit: Int { 100 }
    /// About how many cells and meetings the event shows.
    private static var eventSize: Int { 600 }

    /// A person's meetings whenever they are others, and how many locations they have.
    ///
    /// The first answer is made before the stream begins: a question that is too wide has a status. One that becomes too wide
    /// ends the stream with an event `problem`.
    private func meetings(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let question = try EncounterQuestion(request.query, plausibility: plausibility)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.standardLimit
        let place = try place(for: request, entries: limit)
        guard let first = try await answer(to: question, of: id, limit: limit, .answer) else {
            throw Problem.noSuchPerson
        }
        let made = Handover(first)
        return .events(to: request) { stream in
            defer { withExtendedLifetime(place) {} }
            var (count, revision) = (Int?.none, Int?.none)
            var pause = Self.interval
            while !isStopping() {
                if revision != encounters.revision {
                    do {
                        guard
                            let next = try await stream.beating(while: {
                                if let first = made.take() { return first }
                                return try await answer(to: question, of: id, limit: limit, .refresh)
                            })
                        else { return }
                        if count != next.count { try await stream.send("locations", Self.count(next.count)) }
                        try await stream.send("encounters", state: next.state)
                        (count, revision) = (next.count, next.revision)
                        pause = max(Self.interval, next.time * Self.leisure)
                    } catch let problem as Problem where problem.status == .serviceUnavailable {
                        pause = Self.longestPause
                    } catch let problem as Problem {
                        return try await stream.send("problem", problem.json(instance: request.id))
                    }
                }
                try await stream.beat()
                try await Task.sleep(for: min(pause, Self.longestPause))
            }
        }
    }

    /// A permit for a stream that shows `entries`.
    private func place(for request: Request, entries: Int) throws(Problem) -> [ClientShares.Permit] {
        let size = AnswersInProgress.streamSize(entries: entries)
        return [
            try inProgress.streams.take(for: request.clientAddress),
            try inProgress.streamMemory.take(size, for: request.clientAddress),
        ]
    }

    /// A person's most significant meetings now; `nil` if there is no such person.
    private func answer(
        to question: EncounterQuestion,
        of person: PersonID,
        limit: Int,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> LiveAnswer? {
        let (revision, began) = (encounters.revision, ContinuousClock.now)
        let count = try encounters.trailCount(of: person, in: question.window)
        let found = try await question.width.explain {
            try await encounters.encounters(of: person, in: question.window, rule: question.rule, purpose)
        }
        guard let found else { return nil }
        let state = try await state(of: person, found.prefix(limit), of: found.count)
        return LiveAnswer(count: count, state: state, revision: revision, time: began.duration(to: .now))
    }

    private static func count(_ count: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("count", count)
        writer.endObject()
        return writer.takeBytes()
    }

    private func state(of person: PersonID, _ page: ArraySlice<Encounter>, of total: Int) async throws -> [UInt8] {
        let others = try await encounters.persons(Array(Set(page.map { $0.persons.other(than: person) })))
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("total", total)
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
        let place = try place(for: request, entries: Self.eventSize)
        _ = try await event()
        return .events(to: request) { stream in
            defer { withExtendedLifetime(place) {} }
            while !isStopping() {
                let state = try await stream.beating { try await event() }
                try await stream.send("event", state: state)
                try await stream.beat()
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}

/// The state that a stream shows.
private struct LiveAnswer {
    /// The person's number of locations.
    let count: Int
    /// The meetings as JSON.
    let state: [UInt8]
    /// The state of the index that it is of.
    let revision: Int
    /// The time that its computation took.
    let time: Duration
}
