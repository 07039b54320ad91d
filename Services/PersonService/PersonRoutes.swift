import Access
import Credentials
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// Stores persons.
protocol PersonRepository: Sendable {
    func persons(matching search: PersonStore.Search, after: PersonID?, limit: Int) async throws -> [Person]
    func count(matching search: PersonStore.Search) async throws -> Int
    func person(_ id: PersonID) async throws -> Person?
    func create(_ details: PersonDetails) async throws -> Person
    func replace(_ person: Person) async throws -> Bool
    func erase(_ id: PersonID, receipt: TokenDigest?) async throws -> Bool
    func receipt(_ code: TokenDigest) async throws -> ErasureReceipt?
}

extension PersonStore: PersonRepository {}

/// The routes of person-service.
struct PersonRoutes<Persons: PersonRepository, Devices: DeviceRepository>: Sendable {
    let persons: Persons
    let devices: Devices
    let consents: any ConsentRepository
    let notes: PersonNoteStore
    let contacts: ContactStore
    let pauses: any PauseRepository
    let events: any EventRepository
    /// The addresses of location-producer, as phones reach it.
    let addresses: PhoneAddresses
    /// Whether ids identify phones whose protocols have no tokens; see ``DeviceRegistration``.
    let isIDEnough: Bool
    /// Turns identifiers of transmitters into hints; `nil` if the deployment has no secret for them.
    let digest: HintDigest?
    /// How long copies outside the database remain.
    let retention: RetentionTimes

    var router: Router {
        var router = Router()
        router.get("/api/persons", handler: list)
        router.post("/api/persons", of: .json, handler: create)
        router.get("/api/persons/{id}", handler: read)
        router.put("/api/persons/{id}", of: .json, handler: replace)
        router.delete("/api/persons/{id}", handler: erase)
        let registration = DeviceRegistration(
            persons: persons,
            devices: devices,
            addresses: addresses,
            isIDEnough: isIDEnough
        )
        DeviceRoutes(registration: registration).add(to: &router)
        PhoneRoutes(registration: registration, attempts: AttemptLimit()).add(to: &router)
        ConsentRoutes(consents: consents).add(to: &router)
        NoteRoutes(notes: notes).add(to: &router)
        ContactRoutes(contacts: contacts).add(to: &router)
        PauseRoutes(pauses: pauses).add(to: &router)
        EventRoutes(events: events, digest: digest).add(to: &router)
        ReceiptRoutes(persons: persons, retention: retention).add(to: &router)
        return router
    }

    /// The maximum size of a page, and of the part of a full list in memory.
    private static var pageSize: Int { 1_000 }
    private static var maximumBody: Int { 64 << 10 }

    /// An array; with `limit` or `after` a page, whose `Link` leads to the next.
    private func list(_ request: Request) async throws -> Response {
        let search = PersonStore.Search(
            text: try request.query.optional("q", as: SearchText.self)?.text,
            isDirectory: request.access.grant.isLimited
        )
        let after = try request.query.optional("after", as: PersonID.self)
        let limit = try request.query.optional("limit", as: PageLimit.self)?.count
        let total = try await persons.count(matching: search)
        guard let limit else { return listAll(matching: search, after: after, total: total) }

        // The extra person shows whether there is a next page.
        let found = try await persons.persons(matching: search, after: after, limit: limit + 1)
        let page = found.prefix(limit)
        var headers: HTTPHeaders = ["X-Total-Count": String(total)]
        if found.count > limit, let last = page.last {
            let query = search.text.map { "&q=\(PercentEncoding.encode($0))" } ?? ""
            headers["Link"] = "</api/persons?limit=\(limit)&after=\(last.id.rawValue)\(query)>; rel=\"next\""
        }
        return .json(headers: headers) { writer in
            writer.array(of: page) { $1.write(to: &$0) }
        }
    }

    private func listAll(matching search: PersonStore.Search, after: PersonID?, total: Int) -> Response {
        .stream(contentType: "application/json", headers: ["X-Total-Count": String(total)]) { output in
            var writer = JSONWriter()
            var last = after
            writer.begin(.array)
            while true {
                let page = try await persons.persons(matching: search, after: last, limit: Self.pageSize)
                for person in page { person.write(to: &writer) }
                guard page.count == Self.pageSize else { break }
                last = page.last?.id
                try await output.write(writer.takeBytes())
            }
            writer.end(.array)
            try await output.write(writer.takeBytes())
        }
    }

    private func create(_ request: Request) async throws -> Response {
        let person = try await persons.create(try await details(of: request))
        return .json(headers: ["Location": "/api/persons/\(person.id.rawValue)"]) { person.write(to: &$0) }
    }

    private func read(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        guard let person = try await persons.person(id) else { throw Problem.noSuchPerson }
        return .json { person.write(to: &$0) }
    }

    private func replace(_ request: Request) async throws -> Response {
        let id = try request.parameter("id", as: PersonID.self)
        let person = Person(id: id, details: try await details(of: request))
        guard try await persons.replace(person) else { throw Problem.noSuchPerson }
        return .json { person.write(to: &$0) }
    }

    /// Answers with the path of a receipt, which no other answer has.
    private func erase(_ request: Request) async throws -> Response {
        let code = ReceiptCode.random()
        guard try await persons.erase(try request.parameter("id", as: PersonID.self), receipt: code.digest) else {
            throw Problem.noSuchPerson
        }
        var response = Response.noContent
        response.headers["Location"] = "/api/erasures/\(code.text)"
        return response
    }

    private func details(of request: Request) async throws -> PersonDetails {
        var reader = JSONReader(try await request.body.collect(upTo: Self.maximumBody))
        let details = try PersonDetails(from: &reader)
        try reader.finish()
        return details
    }
}
