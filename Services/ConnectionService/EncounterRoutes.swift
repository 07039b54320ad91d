import HTTPServer
import JSON
import Models
import Proximity
import RESTContract

/// The part of connection-service's REST surface that is about meetings.
struct EncounterRoutes<Encounters: EncounterRepository>: Sendable {
    let encounters: Encounters
    /// Answers, streams and exports in progress.
    let inProgress: AnswersInProgress
    /// Which locations count unless doubtful ones are asked for as well.
    let plausibility: Plausibility

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/encounters", handler: list)
        router.get("/api/persons/{id}/encounters/{other}/evidence", handler: evidence)
        router.get("/api/encounters", handler: listEverybodys)
    }

    /// The most meetings that an answer holds.
    private static var meetingsAtOnce: Int {
        (AnswersInProgress.largest - AnswersInProgress.overhead) / MemoryLayout<Encounter>.stride
    }
    /// How long meetings that have been found wait for more of them.
    private static var longestWait: Duration { .milliseconds(500) }

    /// A person's meetings, all or those with people of a `company`; `limit` and `cursor` make them a page, whose
    /// successor is in `Link`.
    private func list(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let question = try EncounterQuestion(request.query, plausibility: plausibility)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        let cursor = try request.query.optional("cursor", as: EncounterCursor.self)
        let company = try request.query.optional("company", as: SearchText.self)?.text
        let format = try EncounterFormat(accept: request.headers["Accept"])
        let all = try await question.width.explain {
            try await encounters.encounters(of: id, in: question.window, rule: question.rule, .answer)
        }
        guard let all else { throw Problem.noSuchPerson }
        let found = if let company { try await with(company, all, of: id) } else { all }
        let rest = found[Self.start(behind: cursor, of: id, in: found)...]
        guard limit != nil || rest.count <= Self.meetingsAtOnce else { throw Problem.tooManyMeetings(of: rest.count) }
        // A copy, so that the others are not held while it is sent.
        let page = Array(rest.prefix(limit ?? .max))
        var headers: HTTPHeaders = ["Vary": "Accept", "X-Total-Count": String(found.count)]
        if page.count < rest.count, let last = page.last {
            let next = EncounterCursor(rank: last.rank(for: id))
            headers["Link"] = "<\(Self.target(of: request, behind: next))>; rel=\"next\""
        }
        let size = page.count * MemoryLayout<Encounter>.stride + AnswersInProgress.overhead
        let memory = try inProgress.memory.take(size, for: request.clientAddress)
        return .stream(contentType: format.contentType, headers: headers) { output in
            defer { withExtendedLifetime(memory) {} }
            var writer = EncounterWriter(format)
            var names = PersonNames { try await encounters.persons($0) }
            var start = page.startIndex
            while start < page.endIndex {
                let part = page[start...].prefix(AnswersInProgress.rowsAtOnce)
                let others = try await names.persons(part.map { $0.persons.other(than: id) })
                for encounter in part {
                    // Who has just been erased is not there any more.
                    guard let other = others[encounter.persons.other(than: id)] else { continue }
                    writer.write(encounter, with: other)
                }
                try await output.write(writer.takeBytes())
                start = part.endIndex
            }
            writer.end()
            try await output.write(writer.takeBytes())
        }
    }

    /// Those of a person's meetings that are with people of a company.
    private func with(_ company: String, _ found: [Encounter], of person: PersonID) async throws -> [Encounter] {
        var colleagues: Set<PersonID> = []
        let others = Array(Set(found.map { $0.persons.other(than: person) }))
        for start in stride(from: 0, to: others.count, by: AnswersInProgress.rowsAtOnce) {
            let part = Array(others[start...].prefix(AnswersInProgress.rowsAtOnce))
            for other in try await encounters.persons(part).values where other.details.companyName == company {
                colleagues.insert(other.id)
            }
        }
        return found.filter { colleagues.contains($0.persons.other(than: person)) }
    }

    /// The first meeting behind a cursor, in O(log n).
    private static func start(behind cursor: EncounterCursor?, of person: PersonID, in encounters: [Encounter]) -> Int {
        guard let cursor else { return 0 }
        var (low, high) = (0, encounters.count)
        while low < high {
            let middle = (low + high) / 2
            if encounters[middle].rank(for: person) <= cursor.rank { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The same request for the meetings behind a cursor.
    private static func target(of request: Request, behind cursor: EncounterCursor) -> String {
        let query = request.query.names.filter { $0 != "cursor" }.map { name in
            "\(PercentEncoding.encode(name))=\(PercentEncoding.encode(request.query[name] ?? ""))"
        }
        return "\(request.path)?" + (query + ["cursor=\(cursor.text)"]).joined(separator: "&")
    }

    /// Everybody's meetings, each as soon as it is known to be over, one JSON object a line.
    private func listEverybodys(_ request: Request) async throws -> Response {
        let question = try EncounterQuestion(request.query, plausibility: plausibility, longest: Self.longestExport)
        let place = try inProgress.exports.take(for: request.clientAddress)
        let memory = try inProgress.memory.take(AnswersInProgress.overhead, for: request.clientAddress)
        try await encounters.checkAvailability()
        // A question that is too wide shows while it can still be answered with a status.
        let (first, rest) = try await question.width.explain {
            var sequence = try await encounters.everybodysEncounters(in: question.window, rule: question.rule)
            var pending = try await sequence.next()
            let began = ContinuousClock.now
            while pending?.isEmpty == true, began.duration(to: .now) < Self.longestWait {
                pending = try await sequence.next()
            }
            return (pending, sequence)
        }
        return .stream(contentType: "application/x-ndjson") { output in
            defer { withExtendedLifetime((place, memory)) {} }
            var sequence = rest
            var pending = first ?? []
            var lastWrite = ContinuousClock.now
            while let found = try await sequence.next() {
                // The server cancels the request when its client leaves, whether there is something to write or not.
                try Task.checkCancellation()
                pending += found
                guard pending.count >= AnswersInProgress.rowsAtOnce || lastWrite.duration(to: .now) >= Self.longestWait
                else { continue }
                try await write(pending, to: output)
                pending.removeAll(keepingCapacity: true)
                lastWrite = .now
            }
            try await write(pending, to: output)
        }
    }

    private func write(_ found: [Encounter], to output: ResponseWriter) async throws {
        var start = 0
        while start < found.count {
            let part = found[start...].prefix(AnswersInProgress.rowsAtOnce)
            let persons = try await encounters.persons(
                Array(Set(part.flatMap { [$0.persons.first, $0.persons.second] }))
            )
            var writer = JSONWriter()
            for encounter in part {
                guard let first = persons[encounter.persons.first], let second = persons[encounter.persons.second]
                else {
                    continue
                }
                encounter.write(to: &writer) { $0.writePersons(first, second) }
                writer.endLine()
            }
            try await output.write(writer.takeBytes())
            start = part.endIndex
        }
    }

    /// The longest window for the meetings of all persons in one request: a day.
    private static var longestExport: Duration { .seconds(86_400) }

    /// The pairs of locations that made meetings of two persons, or did not.
    private func evidence(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let other = try request.parameter("other", as: PersonID.self)
        guard id != other else {
            throw Problem(
                .badRequest,
                "Nobody meets themselves.",
                errors: [.parameter("other", "Expected another person than id.")]
            )
        }
        let question = try EncounterQuestion(request.query, plausibility: plausibility)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count ?? Self.evidenceLimit
        let persons = try await encounters.persons([id, other])
        guard let own = persons[id], let others = persons[other] else { throw Problem.noSuchPerson }
        let evidence = try await question.width.explain {
            try await encounters.evidence(
                of: id,
                and: other,
                in: question.window,
                rule: question.rule,
                limit: limit
            )
        }
        return .json { evidence.write(to: &$0, own, others, question) }
    }

    /// How many pairs of locations are shown unless more or fewer are asked for.
    private static var evidenceLimit: Int { 100 }
}

extension Problem {
    fileprivate static func tooManyMeetings(of count: Int) -> Problem {
        Problem(
            .unprocessableContent,
            "The answer would have \(count) meetings, which is too many for one answer.",
            errors: [.parameter("limit", "Expected an integer from 1 to 1000; Link leads to the next page.")]
        )
    }
}
