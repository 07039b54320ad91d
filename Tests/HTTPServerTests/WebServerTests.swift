import HTTPServer
import JSON
import Networking
import Observability
import RESTTestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct WebServerTests {
    @Test func answersManyRequestsOnOneConnection() async throws {
        try await withServer { router in
            router.get("/greetings/{name}") { request in
                let name = try request.parameter("name", as: String.self)
                return .json { $0.value("hello \(name)") }
            }
        } test: { server in
            let client = try RawClient(server)
            for name in ["one", "two", "three"] {
                let response = try await client.exchange("GET /greetings/\(name) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200)
                #expect(response.text == "\"hello \(name)\"")
                #expect(response["Content-Type"] == "application/json")
            }
        }
    }

    @Test(arguments: [0, 1, 108, 60_000, 70_000, 900_000])
    func echoesABody(size: Int) async throws {
        try await withServer { router in
            router.post("/echo") { request in
                .bytes(try await request.body.collect(upTo: 1_000_000), contentType: "application/octet-stream")
            }
        } test: { server in
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let client = try RawClient(server)
            for _ in 0..<2 {
                let head = Array("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n".utf8)
                #expect(try await client.sendAll(head + body))
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response.body == body)
            }
        }
    }

    @Test func readsAChunkedBody() async throws {
        try await withServer { router in
            router.post("/echo") { request in
                .bytes(try await request.body.collect(upTo: 100), contentType: "text/plain")
            }
        } test: { server in
            let client = try RawClient(server)
            for _ in 0..<2 {
                let response = try await client.exchange(
                    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"
                )
                #expect(response.text == "abcdefg")
            }
        }
    }

    @Test func answersUnknownPathsAndMethodsWithProblems() async throws {
        try await withServer { router in
            router.get("/things/{id}") { _ in .text("x") }
            router.put("/things/{id}") { _ in .text("x") }
        } test: { server in
            let client = try RawClient(server)
            let missing = try await client.exchange("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(missing.status == 404)
            #expect(missing["Content-Type"] == "application/problem+json")
            let method = try await client.exchange("DELETE /things/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(method.status == 405)
            #expect(method["Allow"] == "GET, PUT, HEAD, OPTIONS")
            let head = try await client.exchange("HEAD /things/1 HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
            #expect(head.status == 200)
            #expect(head["Content-Length"] == "1")
        }
    }

    @Test func namesTheInvalidParameter() async throws {
        try await withServer { router in
            router.get("/things/{id}") { request in
                let id = try request.parameter("id", as: Int32.self)
                let limit = try request.query.optional("limit", as: Int.self) ?? 10
                let start = try request.query.require("start", as: String.self)
                return .text("\(id) \(limit) \(start)")
            }
        } test: { server in
            let client = try RawClient(server)
            let cases = [
                ("/things/x?start=1", 400, #""errors":[{"parameter":"id","detail":"Expected an integer from"#),
                ("/things/1?start=1&limit=y", 400, #""parameter":"limit""#),
                ("/things/1", 400, #"{"parameter":"start","detail":"Missing; expected text."}"#),
                ("/things/1?start=1&start=2", 400, "more than once"),
                ("/things/%zz?start=1", 400, "escape"),
                ("/things/%00?start=1", 400, "escape"),
                ("/things/%ff?start=1", 400, "escape"),
                ("/things/1?start=%c3%28", 400, "escape"),
                ("/things/1?start=a%20b%2Bc+d", 200, "1 10 a b+c d"),
            ]
            for (target, status, text) in cases {
                let response = try await client.exchange("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == status, "\(target)")
                #expect(response.text.contains(text), "\(target): \(response.text)")
            }
        }
    }

    @Test func hidesTheTextOfUnknownErrors() async throws {
        struct Secret: Error {
            let text = "the password"
        }
        try await withServer { router in
            router.get("/") { _ in throw Secret() }
        } test: { server in
            let response = try await RawClient(server).exchange(
                "GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-1\r\n\r\n"
            )
            #expect(response.status == 500)
            #expect(!response.text.contains("password"))
            #expect(!response.text.contains("Secret"))
            #expect(response.text.contains(#""instance":"abc-1""#))
            #expect(response["X-Request-Id"] == "abc-1")
        }
    }

    @Test func reportsAPortInUse() async throws {
        try await withServer { _ in
        } test: { server in
            var configuration = HTTPServerConfiguration()
            configuration.host = "127.0.0.1"
            configuration.port = server.port
            let second = WebServer(
                configuration: configuration,
                router: Router(),
                logger: .silent,
                metrics: MetricsRegistry()
            )
            let error = await #expect(throws: ListeningError.self) { try await second.start() }
            #expect(error?.code == .addressInUse)
            #expect(error?.description.contains("port \(server.port)") == true)
        }
    }
}
