import HTTPServer
import Testing

@Suite struct RouterTests {
    private static let router: Router = {
        var router = Router()
        for template in [
            "/", "/persons", "/persons/{id}", "/persons/me", "/persons/{id}/friends", "/persons/me/profile",
            "/files/{path...}", "/files/index", "/caf\u{E9}", "/{a}/{b}/end",
        ] {
            router.get(template) { request in .text("\(request.route) \(request.path)") }
        }
        router.post("/persons") { _ in .text("created", status: .created) }
        router.on(.options, "/persons/me") { _ in .text("own options") }
        return router
    }()

    private func route(_ target: String, _ method: HTTPMethod = .get) async throws -> String {
        let response = try await RouterTests.router.respond(to: Request(method, target))
        guard case .bytes(let bytes) = response.body else { return "" }
        return String(String(decoding: bytes, as: UTF8.self).prefix { $0 != " " })
    }

    @Test(arguments: [
        ("/", "/"), ("/persons", "/persons"), ("/persons/7", "/persons/{id}"), ("/persons/me", "/persons/me"),
        ("/persons/me/friends", "/persons/{id}/friends"), ("/persons/me/profile", "/persons/me/profile"),
        ("/persons/a%2Fb", "/persons/{id}"), ("/persons/7?a=b", "/persons/{id}"),
        ("/files/a/b/c", "/files/{path...}"), ("/files/index", "/files/index"), ("/files/index/x", "/files/{path...}"),
        ("/files/", "/files/{path...}"), ("/caf%C3%A9", "/caf\u{E9}"), ("/x/y/end", "/{a}/{b}/end"),
        ("/persons/x/end", "/{a}/{b}/end"),
    ])
    func prefersLiteralSegments(target: String, template: String) async throws {
        #expect(try await route(target) == template)
    }

    @Test(arguments: ["/nothing", "/persons/", "/persons//friends", "//", "/persons/7/friends/", "*", "persons"])
    func rejectsUnknownPaths(target: String) async throws {
        let problem = await #expect(throws: Problem.self) { try await route(target) }
        #expect(problem?.status == .notFound)
    }

    @Test func passesDecodedParameters() async throws {
        var router = Router()
        router.get("/{a}/{b}") { request in
            .text("\(try request.parameter("a", as: String.self))|\(try request.parameter("b", as: Int.self))")
        }
        router.get("/files/all/{path...}") { request in .text(try request.parameter("path")) }
        for (target, expected) in [("/x%20%2F%C3%A9/-7", "x /\u{E9}|-7"), ("/files/all/a/%2e./c", "a/../c")] {
            guard case .bytes(let bytes) = try await router.respond(to: Request(.get, target)).body else { continue }
            #expect(String(decoding: bytes, as: UTF8.self) == expected)
        }
    }

    @Test func listsRoutesForComparison() {
        let listed = RouterTests.router.routes.map { "\($0.method.rawValue) \($0.template)" }
        #expect(listed.count == 12)
        #expect(listed.contains("POST /persons"))
    }

    @Test(arguments: [
        (HTTPMethod.put, "/persons", "GET, POST, HEAD, OPTIONS"), (.delete, "/persons/me", "GET, OPTIONS, HEAD"),
        (HTTPMethod(rawValue: "TRACE"), "/persons/7", "GET, HEAD, OPTIONS"),
    ])
    func reportsAllowedMethods(method: HTTPMethod, path: String, allow: String) async throws {
        let problem = await #expect(throws: Problem.self) { try await route(path, method) }
        #expect(problem?.status == .methodNotAllowed)
        #expect(problem?.headers["allow"] == allow)
    }

    @Test(arguments: ["/persons/%37", "/person%73", "/persons/%4a", "/persons/a%20%62"])
    func rejectsNeedlessEscapes(path: String) async throws {
        let problem = await #expect(throws: Problem.self) { try await route(path) }
        #expect(problem?.status == .badRequest)
    }

    @Test func answersOptionsUnlessARouteDoes() async throws {
        let response = try await RouterTests.router.respond(to: Request(.options, "/persons"))
        #expect(response.status == .ok)
        #expect(response.headers["Allow"] == "GET, POST, HEAD, OPTIONS")
        #expect(try await route("/persons/me", .options) == "own")
        #expect(try await RouterTests.router.respond(to: Request(.options, "*")).status == .ok)
    }

    @Test(arguments: [
        "no-slash", "/{}", "/{a", "/a}", "/x{a}", "/{a}x", "/{a}/{a}", "/{a...}/b", "/{...}", "/a%20b",
    ])
    func rejectsMalformedTemplates(template: String) {
        var router = Router()
        router.get(template) { _ in .noContent }
        #expect(router.conflicts == ["GET \(template)"])
        #expect(router.routes.isEmpty)
    }

    @Test func rejectsDuplicateRoutes() {
        var router = Router()
        router.get("/{a}") { _ in .noContent }
        router.get("/{a}") { _ in .noContent }
        router.post("/{b}") { _ in .noContent }
        router.post("/{a}") { _ in .noContent }
        #expect(router.conflicts == ["GET /{a}", "POST /{b}"])
    }
}
