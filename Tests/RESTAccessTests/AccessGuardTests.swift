import Access
import HTTPServer
import Models
import Observability
import RESTTestSupport
import ServiceRuntime
import Testing

@testable import RESTAccess

@Suite struct AccessGuardTests {
    private static let key = String(repeating: "5e", count: 32)
    private static let description = """
        {"paths": {
            "/api/persons/{id}": {
                "get": {"x-access": {"person": "id", "attendee": "own", "legacy": "yes"}},
                "delete": {"x-access": {"person": "id", "attendee": "own fresh", "legacy": "yes"}}
            },
            "/api/events/{id}": {"get": {"x-access": {"event": "id", "organiser": "yes"}}},
            "/owntracks": {"post": {"x-access": {"checked_by": "handler", "device": "own"}}},
            "/livez": {"get": {"x-access": "public"}}
        }}
        """

    /// A router whose routes answer with the role that let the request in.
    private func router(_ mode: AccessMode, openTo: String = "127.0.0.0/8", hasKeys: Bool = true) throws -> Router {
        var router = Router()
        let answer: RequestHandler = { request in
            Response(headers: ["Role": request.access.role?.rawValue ?? "none"])
        }
        router.get("/api/persons/{id}", handler: answer)
        router.delete("/api/persons/{id}", handler: answer)
        router.get("/api/events/{id}", handler: answer)
        router.post("/owntracks", handler: answer)
        var environment = ["ACCESS": mode.rawValue, "ACCESS_OPEN_TO": openTo]
        let file = TemporaryKeyFile(Self.key)
        if hasKeys { environment["ACCESS_KEY_FILE"] = file.path }
        var reader = EnvironmentReader(environment)
        let configuration = AccessConfiguration(&reader)
        try reader.finish()
        let access = try AccessGuard(
            configuration,
            router.routes,
            describedBy: Array(Self.description.utf8),
            logger: .silent,
            metrics: MetricsRegistry()
        )
        router.guardAccess(by: access)
        return router
    }

    private func status(
        _ router: Router,
        _ path: String,
        by method: HTTPMethod = .get,
        as identity: Identity? = nil,
        from address: String = "127.0.0.1",
        headers: HTTPHeaders = [:]
    ) async throws -> String {
        var headers = headers
        if let identity {
            let target = RequestTarget(method: method.rawValue, path: path)
            let keys = try ServiceKeys(text: Self.key)
            headers.add(
                "UdaConnect-Identity",
                try #require(IdentityHeader.make(identity, for: target, keys, now: Timestamp.now()))
            )
        }
        let peer = Peer(address: address, isTrusted: false)
        do {
            let answer = try await router.respond(to: Request(method, path, headers: headers, peer: peer))
            return answer.headers["Role"] ?? ""
        } catch let problem as Problem {
            return String(problem.status.code)
        }
    }

    private var attendee: Identity { Identity(subject: "person:7", roles: [.attendee], person: PersonID(rawValue: 7)) }

    @Test func letsNamedClientsDoEverythingInOpenMode() async throws {
        let router = try router(.open, hasKeys: false)
        #expect(try await status(router, "/api/persons/8") == "legacy")
        #expect(try await status(router, "/api/persons/8", from: "10.1.2.3") == "401")
        #expect(try await status(router, "/api/events/1") == "403")
        let wide = try self.router(.open, openTo: "10.0.0.0/8")
        #expect(try await status(wide, "/api/persons/8", from: "10.1.2.3") == "legacy")
    }

    @Test func letsAnAttendeeSeeOnlyTheirOwn() async throws {
        let router = try router(.enforce)
        #expect(try await status(router, "/api/persons/7", as: attendee) == "attendee")
        #expect(try await status(router, "/api/persons/8", as: attendee) == "404")
        #expect(try await status(router, "/api/persons/7", by: .delete, as: attendee) == "403")
        #expect(try await status(router, "/api/events/1", as: attendee) == "403")
        #expect(try await status(router, "/api/persons/x", as: attendee) == "400")
    }

    @Test func refusesAStranger() async throws {
        let router = try router(.enforce)
        for path in ["/api/persons/7", "/api/persons/x", "/api/events/1"] {
            #expect(try await status(router, path) == "401")
        }
        #expect(try await status(router, "/owntracks", by: .post) == "none")
        #expect(try await status(router, "/nothing") == "404")
    }

    @Test func refusesOrganisersOfOtherEvents() async throws {
        let router = try router(.enforce)
        var organiser = Identity(subject: "o", roles: [.organiser])
        organiser.events = [EventID(stored: 2)]
        #expect(try await status(router, "/api/events/2", as: organiser) == "organiser")
        #expect(try await status(router, "/api/events/1", as: organiser) == "403")
    }

    @Test(arguments: AccessMode.allCases)
    func refusesAForgedIdentityInEachMode(mode: AccessMode) async throws {
        let router = try router(mode)
        for field in ["", "v1.e30.AAAA", "v1..", String(repeating: "A", count: 5_000)] {
            #expect(try await status(router, "/api/persons/7", headers: ["UdaConnect-Identity": field]) == "401")
        }
        #expect(
            try await status(router, "/api/persons/7", as: attendee, headers: ["UdaConnect-Identity": "v1.e30.AA"])
                == "401"
        )
    }

    @Test func observesWhatItWouldRefuse() async throws {
        let router = try router(.observe)
        #expect(try await status(router, "/api/persons/7") == "legacy")
        #expect(try await status(router, "/api/persons/8", as: attendee) == "legacy")
        #expect(try await status(router, "/api/persons/7", as: attendee) == "attendee")
    }

    @Test func doesNotStartWithARouteThatHasNoPermission() {
        var router = Router()
        router.get("/api/secrets") { _ in Response() }
        var reader = EnvironmentReader([:])
        let configuration = AccessConfiguration(&reader)
        #expect(throws: PermissionTable.Problem.missing(.init(method: "GET", path: "/api/secrets"))) {
            try AccessGuard(
                configuration,
                router.routes,
                describedBy: Array(Self.description.utf8),
                logger: .silent,
                metrics: MetricsRegistry()
            )
        }
    }

    @Test func needsKeysToEnforce() {
        var reader = EnvironmentReader(["ACCESS": "enforce"])
        _ = AccessConfiguration(&reader)
        #expect(throws: ConfigurationError.self) { try reader.finish() }
    }

    @Test func readsChangedKeysAgain() throws {
        let file = TemporaryKeyFile(Self.key)
        let keys = try ServiceKeyFile(path: file.path, logger: .silent)
        let target = RequestTarget(method: "GET", path: "/")
        let other = try ServiceKeys(text: String(repeating: "77", count: 32))
        let text = try #require(IdentityHeader.make(.legacy, for: target, other, now: Timestamp.now()))
        #expect(throws: IdentityHeader.Refusal.forged) {
            try IdentityHeader.verify(text, for: target, keys.keys, now: Timestamp.now())
        }
        file.write(Self.key + "\n" + String(repeating: "77", count: 32))
        keys.readAgain()
        #expect(try IdentityHeader.verify(text, for: target, keys.keys, now: Timestamp.now()) == .legacy)
        file.write("not a key")
        keys.readAgain()
        #expect(try IdentityHeader.verify(text, for: target, keys.keys, now: Timestamp.now()) == .legacy)
    }
}
