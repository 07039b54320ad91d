import HTTPServer
import JSON
import Models
import Persistence
import RESTContract

/// The REST routes to import files of locations from other systems, and to show the progress of each import.
struct ImportRoutes: Sendable {
    /// Appends locations to the queue.
    let intake: LocationIntake
    /// Limits the imports in progress.
    let admission: RouteAdmission
    /// Stores the progress of imports.
    let registry: any ImportRegistry
    /// The bounds of files and of imports at a time.
    let bounds: ImportBounds
    private let slots: ImportSlots

    init(
        intake: LocationIntake,
        admission: Admission,
        registry: any ImportRegistry,
        bounds: ImportBounds = ImportBounds()
    ) {
        self.intake = intake
        self.admission = admission.route(limit: Self.memory)
        self.registry = registry
        self.bounds = bounds
        slots = ImportSlots(capacity: bounds.atOnce)
    }

    /// About the memory of an import in bytes: an element, its fixes, and a batch of fixes.
    private static var memory: Int { LocationLines.memory }

    /// Adds the routes.
    func add(to router: inout Router) {
        router.post(
            "/api/persons/{id}/imports",
            gate: admission.gate,
            timeout: bounds.time,
            handler: take
        )
        router.get("/api/persons/{id}/imports", handler: list)
        router.get("/api/persons/{id}/imports/{import}", handler: show)
    }

    private func list(_ request: Request) async throws -> Response {
        let person = try request.parameter("id", as: PersonID.self)
        guard let imports = try await registry.imports(of: person) else { throw Problem.noSuchPerson }
        let now = intake.now()
        return .json { writer in
            writer.array(of: imports) { $1.seen(at: now).write(to: &$0) }
        }
    }

    private func show(_ request: Request) async throws -> Response {
        let person = try request.parameter("id", as: PersonID.self)
        let id = try request.parameter("import", as: ImportID.self)
        guard let item = try await registry.item(id, of: person) else {
            throw Problem(.notFound, "This person has no import with this id.")
        }
        return .json { item.seen(at: intake.now()).write(to: &$0) }
    }

    private func take(_ request: Request) async throws -> Response {
        let person = try request.parameter("id", as: PersonID.self)
        let format = try ImportContent.format(of: request)
        let id = try ImportID(of: request)
        let client = request.clientNetwork
        guard slots.take(client) else {
            throw Problem.unavailable(
                "The server already reads the maximum number of files: try again shortly.",
                retryAfter: 10
            )
        }
        defer { slots.giveBack(client) }
        let permit = try admission.admit(request)
        let item = LocationImport(id: id, startedAt: intake.now())
        switch try await registry.begin(item, of: person) {
        case .noSuchPerson: throw Problem.noSuchPerson
        case .running:
            throw Problem(
                .conflict,
                "A file with this Idempotency-Key is being read: try again shortly.",
                headers: ["Retry-After": "1"]
            )
        case .done(let known, let digest):
            guard try await ImportContent.digest(of: request, upTo: bounds.bytes) == digest else {
                throw Problem(
                    .unprocessableContent,
                    "This Idempotency-Key belongs to another file: use a new key for each file."
                )
            }
            return Self.answer(known, of: person)
        case .begun:
            var running = RunningImport(
                item,
                of: person,
                format: format,
                intake: intake,
                registry: registry,
                permit: permit
            )
            return try await run(&running, request, of: person)
        }
    }

    private func run(
        _ running: inout RunningImport,
        _ request: Request,
        of person: PersonID
    ) async throws -> Response {
        do {
            try await running.read(request, upTo: bounds.bytes)
        } catch let failure as ImportFailure {
            try await running.appendAll(request)
            throw try await end(&running, failure.problem, of: person)
        } catch let error as any ProblemConvertible {
            throw try await end(&running, error.problem, of: person)
        } catch {
            // The client has disconnected. If this cannot be stored, the import counts as failed after a minute.
            try? await running.end("The upload stopped before its end: send the file again.")
            throw error
        }
        try await running.end()
        return Self.answer(running.item, of: person)
    }

    /// Stores the failure of an import; returns the problem with the import as a member.
    private func end(
        _ running: inout RunningImport,
        _ problem: Problem,
        of person: PersonID
    ) async throws -> Problem {
        try await running.end(problem.detail ?? problem.title)
        var problem = problem
        let item = running.item
        problem.headers["Location"] = Self.path(item, of: person)
        problem.extensions = { writer in
            writer.key("import")
            item.write(to: &writer)
        }
        return problem
    }

    /// The answer 201 with an import.
    private static func answer(_ item: LocationImport, of person: PersonID) -> Response {
        .json(status: .created, headers: ["Location": path(item, of: person)]) { item.write(to: &$0) }
    }

    private static func path(_ item: LocationImport, of person: PersonID) -> String {
        "/api/persons/\(person.rawValue)/imports/\(item.id.text)"
    }
}
