import Access
import HTTPServer
import JSON
import Models
import Presence
import Proximity
import RESTAccess
import RESTContract

/// The streaming routes of connection-service: a person's meetings and the event, as they change.
struct LiveRoutes<Meetings: MeetingRepository>: Sendable {
    let meetings: Meetings
    /// Limits answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// What requests of attendees may show of others.
    let views: LimitedViews
    /// The event as JSON, with everyone or limited; see ``EventOverview``.
    let event: @Sendable (_ showsAll: Bool) async throws -> [UInt8]
    /// Ends streams whose identity has changed.
    let identities: StreamIdentities
    /// Whether the process is stopping: streams end then, so that their clients reconnect elsewhere.
    let isStopping: @Sendable () -> Bool

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/encounters/stream", handler: meetingStream)
        router.get("/api/event", handler: overview)
        router.get("/api/event/stream", handler: overviews)
    }

    /// After an answer, the stream pauses this many times the duration of its computation.
    private static var pauseFactor: Int { 10 }
    /// The shortest and the longest pause.
    private static var pauses: ClosedRange<Duration> { .milliseconds(100)...(.seconds(5)) }
    /// The default number of meetings.
    private static var standardLimit: Int { 100 }
    /// About the number of cells and meetings in an event.
    private static var eventSize: Int { 600 }

    /// Streams a person's meetings and number of locations whenever they change.
    ///
    /// The first answer is computed before the stream begins, so that a question that is too wide has a status. If it
    /// becomes too wide, the event `problem` ends the stream. After an answer, the stream sleeps until the person's
    /// locations, or the trails of others near the person, have changed.
    private func meetingStream(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let end = identities.end(of: request.access)
        let question = try MeetingQuestion(
            request.query,
            at: meetings.events,
            as: views.view(of: id, for: request)
        )
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.standardLimit
        let place = try inProgress.stream(of: limit, for: request.clientAddress)
        guard let first = try await answer(to: question, of: id, limit: limit, .answer) else {
            throw Problem.noSuchPerson
        }
        let made = Handover(first)
        return .events(to: request, until: end?.wait) { stream in
            defer { withExtendedLifetime(place) {} }
            try await meetings.watchers.watch(id.rawValue, within: question.rule.distance) { watch in
                var news: PersonWatchers.News = [.trail, .meetings]
                var (count, due) = (Int?.none, ContinuousClock.now)
                while !isStopping() {
                    if news.remove(.trail) != nil {
                        let current = try meetings.trailCount(of: id, in: question.window)
                        if current != count { try await stream.send("locations", Self.count(current)) }
                        count = current
                    }
                    if news.contains(.meetings), due <= .now {
                        news.remove(.meetings)
                        let began = ContinuousClock.now
                        do {
                            let state = try await stream.beating {
                                if let first = made.take() { return Optional(first) }
                                var question = question
                                question.view = try views.view(of: id, for: request)
                                return try await answer(to: question, of: id, limit: limit, .refresh)
                            }
                            guard let state else { return }
                            try await stream.send("encounters", state: state)
                            let pause = began.duration(to: .now) * Self.pauseFactor
                            due = .now + min(max(pause, Self.pauses.lowerBound), Self.pauses.upperBound)
                        } catch let problem as Problem where problem.status == .serviceUnavailable {
                            news.insert(.meetings)
                            due = .now + Self.pauses.upperBound
                        } catch let problem as Problem {
                            return try await stream.send("problem", problem.json(instance: request.id))
                        }
                    }
                    try await stream.beat()
                    news.formUnion(await watch.next())
                    try Task.checkCancellation()
                }
            }
        }
    }

    /// A person's most significant meetings now, as JSON; `nil` if the person does not exist.
    private func answer(
        to question: MeetingQuestion,
        of person: PersonID,
        limit: Int,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> [UInt8]? {
        do {
            guard let answer = try await meetings.meetings(of: person, question, purpose) else { return nil }
            let found = answer.rows.sorted { $0.rank(for: person) < $1.rank(for: person) }
            return try await state(of: person, found.prefix(limit), answer.names, of: found.count, as: question.view)
        } catch let failure as SearchFailure {
            throw failure.problem
        }
    }

    private static func count(_ count: Int) -> [UInt8] {
        JSONWriter.object { $0.member("count", count) }
    }

    private func state(
        of person: PersonID,
        _ page: ArraySlice<MeetingRow>,
        _ names: EventNames,
        of total: Int,
        as view: LimitedView?
    ) async throws -> [UInt8] {
        let others = try await meetings.persons(page.map { $0.other(than: person) }, as: view)
        return JSONWriter.object { writer in
            writer.member("total", total)
            writer.array("encounters", of: page) { writer, row in
                guard let other = others[row.other(than: person)] else { return }
                row.write(names, to: &writer) { $0.writePerson(other) }
            }
        }
    }

    private func overview(_ request: Request) async throws -> Response {
        .bytes(try await event(!request.access.grant.isLimited), contentType: "application/json")
    }

    /// The event, sent in each second in which it changes.
    private func overviews(_ request: Request) async throws -> Response {
        let place = try inProgress.stream(of: Self.eventSize, for: request.clientAddress)
        let end = identities.end(of: request.access)
        let showsAll = !request.access.grant.isLimited
        _ = try await event(showsAll)
        return .events(to: request, until: end?.wait) { stream in
            defer { withExtendedLifetime(place) {} }
            while !isStopping() {
                let state = try await stream.beating { try await event(showsAll) }
                try await stream.send("event", state: state)
                try await stream.beat()
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
