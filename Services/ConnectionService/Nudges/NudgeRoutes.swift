import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess

/// Reads nudges.
protocol NudgeRepository: Sendable {
    /// A person's nudges now, the latest first; `nil` if the person does not agree to `nudge`.
    func current(of person: PersonID) async throws -> [NudgeStore.Nudge]?
}

extension NudgeStore: NudgeRepository {}

/// The routes by which persons learn who is near.
struct NudgeRoutes<Meetings: MeetingRepository>: Sendable {
    let nudges: any NudgeRepository
    let meetings: Meetings
    /// Limits answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// What the person may see of others.
    let views: LimitedViews
    /// Ends streams whose identity has changed.
    let identities: StreamIdentities
    /// Wakes streams when a person's nudges may have changed.
    let watchers: PersonWatchers
    /// Whether the process is stopping: streams end then, so that their clients reconnect elsewhere.
    let isStopping: @Sendable () -> Bool

    /// The nudges of a person at a moment.
    private struct State {
        let json: [UInt8]
        let isAgreed: Bool
        /// When the first of them expires, in microseconds since 1970.
        let expiry: Int64
    }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/me/nudges", handler: list)
        router.get("/api/me/nudges/stream", handler: stream)
    }

    private func list(_ request: Request) async throws -> Response {
        .bytes(try await answer(to: request).json, contentType: "application/json")
    }

    /// Streams the nudges whenever they change; without consent, the event `problem` ends the stream.
    ///
    /// Each state is read when it is sent, so a nudge that has expired, or whose consent was withdrawn, is never sent.
    private func stream(_ request: Request) async throws -> Response {
        let person = try request.person
        let end = identities.end(of: request.access)
        let place = try inProgress.stream(of: NudgeStore.maximumCount, for: request.clientAddress)
        return .events(to: request, until: end?.wait) { stream in
            defer { withExtendedLifetime(place) {} }
            try await watchers.watch(person.rawValue, within: 0) { watch in
                var (news, expiry): (PersonWatchers.News, Int64) = (.nudges, .max)
                while !isStopping() {
                    if news.remove(.nudges) != nil || Timestamp.now().microseconds >= expiry {
                        let state = try await stream.beating { try await answer(to: request) }
                        try await stream.send("nudges", state: state.json)
                        guard state.isAgreed else {
                            let problem = Problem(.forbidden, "This stream needs your consent to `nudge`.")
                            return try await stream.send("problem", problem.json(instance: request.id))
                        }
                        expiry = state.expiry
                    }
                    try await stream.beat()
                    news.formUnion(await watch.next())
                    try Task.checkCancellation()
                }
            }
        }
    }

    private func answer(to request: Request) async throws -> State {
        let person = try request.person
        let view = try views.view(of: person, for: request)
        let found = try await nudges.current(of: person)
        let others = try await meetings.persons(found?.map(\.other) ?? [], as: view)
        let json = JSONWriter.object { writer in
            writer.member("agreed", found != nil)
            writer.array("nudges", of: found ?? []) { writer, nudge in
                // A person may have been erased in the meantime.
                if let other = others[nudge.other] { nudge.write(with: other, to: &writer) }
            }
        }
        return State(
            json: json,
            isAgreed: found != nil,
            expiry: found?.map(\.expiry.microseconds).min() ?? .max
        )
    }
}

extension NudgeStore.Nudge {
    /// Writes `{"id", "person", "at", "expires_at", "about_metres", "last_met"}`.
    fileprivate func write(with other: Person, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id)
            writer.writePerson(other)
            writer.member("at", time.description)
            writer.member("expires_at", expiry.description)
            writer.member("about_metres", aboutMetres)
            writer.member("last_met", lastMet.description)
        }
    }
}
