import HTTPServer
import RESTTestSupport
import Testing

/// The rights of pages from other origins.
@Suite(.timeLimit(.minutes(10))) struct CrossOriginTests {
    private static func routes(_ router: inout Router) {
        router.get("/things") { _ in .text("read") }
        router.get("/page") { _ in .bytes(Array("<p>".utf8), contentType: "text/html; charset=utf-8") }
        router.get("/report", isSafe: false) { _ in .text("written") }
        router.post("/things") { _ in .text("written") }
        router.put("/things") { _ in .text("written") }
        router.delete("/things") { _ in .text("written") }
    }

    private static func answers(
        _ allowed: String?,
        _ requests: [String]
    ) async throws -> [RawClient.Response] {
        let origins = try allowed.map { try #require(AllowedOrigins($0)) } ?? .own
        var responses: [RawClient.Response] = []
        try await withServer {
            $0.allowedOrigins = origins
        } routes: {
            CrossOriginTests.routes(&$0)
        } test: { server in
            let client = try RawClient(server)
            for request in requests {
                responses.append(
                    try await client.exchange("\(request)\r\nHost: a.example:30001\r\nContent-Length: 0\r\n\r\n")
                )
            }
        }
        return responses
    }

    private static let writes = [
        "POST /things HTTP/1.1", "PUT /things HTTP/1.1", "DELETE /things HTTP/1.1", "GET /report HTTP/1.1",
    ]

    @Test(arguments: [
        "Origin: https://evil.example", "Origin: null", "Origin: http://a.example", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site", "Origin: http://evil.example\r\nSec-Fetch-Site: same-origin",
    ])
    func rejectsWritesOfForeignPages(fields: String) async throws {
        for allowed in [nil, "http://a.example:30000"] {
            for response in try await Self.answers(allowed, Self.writes.map { "\($0)\r\n\(fields)" }) {
                #expect(response.status == 403)
                #expect(response["Content-Type"] == "application/problem+json")
                #expect(response["Access-Control-Allow-Origin"] == nil)
            }
        }
    }

    /// Phones and programs send neither field.
    ///
    /// A browser sends `none` for an address that the user has typed.
    @Test(arguments: [
        "Accept: */*", "Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin", "Origin: http://a.example:30001",
        "Origin: https://A.example:30001", "Origin: http://a.example:30000\r\nSec-Fetch-Site: same-site",
    ])
    func acceptsWritesOfAllowedPagesAndPrograms(fields: String) async throws {
        let requests = Self.writes.map { "\($0)\r\n\(fields)" }
        for response in try await Self.answers("http://a.example:30000", requests) { #expect(response.status == 200) }
    }

    @Test func acceptsWritesOfAnyPageIfConfigured() async throws {
        let requests = Self.writes.map { "\($0)\r\nOrigin: https://evil.example" }
        for response in try await Self.answers("*", requests) {
            #expect(response.status == 200)
            #expect(response["Access-Control-Allow-Origin"] == "*")
        }
    }

    @Test func allowsOnlyConfiguredPagesToRead() async throws {
        let requests = ["http://a:1", "http://b", "http://c", "http://a:1.evil"].map {
            "GET /things HTTP/1.1\r\nOrigin: \($0)"
        }
        let origins = try await Self.answers("http://a:1,http://b", requests).map { response in
            #expect(response["Vary"] == "Origin")
            #expect(
                (response["Access-Control-Expose-Headers"] == nil) == (response["Access-Control-Allow-Origin"] == nil)
            )
            return response["Access-Control-Allow-Origin"]
        }
        #expect(origins == ["http://a:1", "http://b", nil, nil])
    }

    @Test func sendsNoFieldsByDefault() async throws {
        let responses = try await Self.answers(
            nil,
            [
                "GET /things HTTP/1.1\r\nOrigin: http://a:1", "GET /nowhere HTTP/1.1\r\nOrigin: http://a:1",
                "OPTIONS /things HTTP/1.1\r\nOrigin: http://a:1\r\nAccess-Control-Request-Method: DELETE",
            ]
        )
        #expect(responses.map(\.status) == [200, 404, 200])
        #expect(!responses.contains { $0.headers.contains { $0.name.hasPrefix("Access-Control") } })
    }

    @Test func allowsPagesToReadProblems() async throws {
        let responses = try await Self.answers(
            "*",
            [
                "GET /nowhere HTTP/1.1", "GET /page HTTP/1.1", "GET / HTTP/1.1\r\nHost: second",
            ]
        )
        #expect(responses.map(\.status) == [404, 200, 400])
        #expect(responses.map { $0["Access-Control-Allow-Origin"] } == ["*", nil, "*"])
    }

    @Test(arguments: ["http://a:1", "*"])
    func answersThePreflightOfAnAllowedPage(allowed: String) async throws {
        let preflight = try await Self.answers(
            allowed,
            [
                "OPTIONS /things HTTP/1.1\r\nOrigin: http://a:1\r\nAccess-Control-Request-Method: DELETE\r\n"
                    + "Access-Control-Request-Headers: authorization,x-evil"
            ]
        )[0]
        #expect(preflight.status == 200)
        #expect(preflight["Access-Control-Allow-Origin"] == allowed)
        #expect(preflight["Access-Control-Allow-Methods"] == "GET, POST, PUT, DELETE, HEAD, OPTIONS")
        #expect(
            preflight["Access-Control-Allow-Headers"] == "Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"
        )
        #expect(preflight["Access-Control-Max-Age"] == "600")
    }

    @Test(arguments: [
        "", "null", "localhost", "http://", "http://a/", "http://a,", "ftp://a", "http://*", "HTTP://a", "http://a b",
    ])
    func rejectsInvalidOrigins(text: String) {
        #expect(AllowedOrigins(text) == nil)
    }
}
