import HTTPServer
import JSON
import Models
import Proximity
import RESTContract

/// The part of connection-service's REST surface that is about meetings.
struct EncounterRoutes<Encounters: EncounterRepository>: Sendable {
    let encounters: Encounters
    /// Which locations count unless doubtful ones are asked for as well.
    let plausibility: Plausibility

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/persons/{id}/encounters", handler: list)
        router.get("/api/persons/{id}/encounters/{other}/evidence", handler: evidence)
        router.get("/api/encounters", handler: listEverybodys)
    }

    /// How many meetings are made into bytes at a time.
    private static var pageSize: Int { 1_000 }
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
        guard let all = try await encounters.encounters(of: id, in: question.window, rule: question.rule) else {
            throw Problem.noSuchPerson
        }
        let found = if let company { try await with(company, all, of: id) } else { all }
        let rest = found[Self.start(behind: cursor, of: id, in: found)...]
        let page = rest.prefix(limit ?? .max)
        var headers: HTTPHeaders = ["Vary": "Accept", "X-Total-Count": String(found.count)]
        if page.count < rest.count, let last = page.last {
            let next = EncounterCursor(rank: last.rank(for: id))
            headers["Link"] = "<\(Self.target(of: request, behind: next))>; rel=\"next\""
        }
        return .stream(contentType: format.contentType, headers: headers) { output in
            var writer = EncounterWriter(format)
            var start = page.startIndex
            while start < page.endIndex {
                let part = page[start...].prefix(Self.pageSize)
                let others = try await encounters.persons(Array(Set(part.map { $0.persons.other(than: id) })))
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
        let others = try await encounters.persons(Array(Set(found.map { $0.persons.other(than: person) })))
        return found.filter { others[$0.persons.other(than: person)]?.details.companyName == company }
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
        let question = try EncounterQuestion(request.query, plausibility: plausibility)
        try await encounters.checkAvailability()
        return .stream(contentType: "application/x-ndjson") { output in
            var pending: [Encounter] = []
            var lastWrite = ContinuousClock.now
            try await encounters.forEachEncounter(in: question.window, rule: question.rule) { found in
                // The server cancels the request when its client leaves, whether there is something to write or not.
                try Task.checkCancellation()
                pending += found
                guard pending.count >= Self.pageSize || lastWrite.duration(to: .now) >= Self.longestWait else { return }
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
            let part = found[start...].prefix(Self.pageSize)
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
        let evidence = try await encounters.evidence(
            of: id,
            and: other,
            in: question.window,
            rule: question.rule,
            limit: limit
        )
        return .json { evidence.write(to: &$0, own, others, question) }
    }

    /// How many pairs of locations are shown unless more or fewer are asked for.
    private static var evidenceLimit: Int { 100 }
}
