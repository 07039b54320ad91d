import HTTPClient
import HTTPServer
import Observability
import Testing

@Suite(.timeLimit(.minutes(5))) struct WebClientTests {
    @Test func returnsTheResponse() async throws {
        try await withServer { address in
            let client = WebClient(maximumRequests: 2, timeout: .seconds(200))
            for _ in 0..<3 {
                let answer = try await client.get("\(address)/echo?x=a%20b")
                #expect(answer.status == 200)
                #expect(String(decoding: answer.body, as: UTF8.self) == "a b")
            }
            let nothing = try await client.get("\(address)/nothing")
            #expect(nothing.status == 404)
        }
    }

    @Test func timesOut() async throws {
        try await withServer { address in
            let client = WebClient(maximumRequests: 1, timeout: .milliseconds(100))
            let began = ContinuousClock.now
            await #expect(throws: HTTPClientError.self) { _ = try await client.get("\(address)/slow") }
            #expect(ContinuousClock.now - began < .seconds(60))
        }
    }

    @Test func limitsTheResponseSize() async throws {
        try await withServer { address in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(200), maximumBytes: 1_000)
            let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get("\(address)/long") }
            #expect(error?.code == .tooLong)
            let next = try await client.get("\(address)/echo?x=y")
            #expect(next.status == 200)
        }
    }

    @Test func limitsConcurrentRequests() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer { router in
            router.get("/held") { _ in
                begin.yield()
                for await _ in gate {}
                return .text("")
            }
        } test: { address in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(200))
            async let held = client.get("\(address)/held")
            var iterator = begun.makeAsyncIterator()
            await iterator.next()
            for _ in 0..<3 {
                let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get("\(address)/echo") }
                #expect(error?.code == .busy)
            }
            opener.finish()
            let answer = try await held
            #expect(answer.status == 200)
            let next = try await client.get("\(address)/echo")
            #expect(next.status == 200)
        }
    }

    @Test func postsFormsWithCredentials() async throws {
        try await withServer { router in
            router.post("/form") { request in
                let user = request.basicCredentials
                let body = String(decoding: try await request.body.collect(upTo: 1_000), as: UTF8.self)
                return .text(
                    "\(user?.user ?? "-") \(user?.password ?? "-") \(request.headers["Content-Type"] ?? "-") \(body)"
                )
            }
        } test: { address in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(200))
            let form = FormFields(["a": "x y&=é", "b": nil, "c": ""])
            let type = "application/x-www-form-urlencoded"
            let fields = "a=x%20y%26%3D%C3%A9&c="
            let known = try await client.post(form: form, to: "\(address)/form", credentials: ("me", "p:w"))
            #expect(String(decoding: known.body, as: UTF8.self) == "me p:w \(type) \(fields)")
            // The connection is kept, the credentials are not.
            let unknown = try await client.post(form: form, to: "\(address)/form")
            #expect(String(decoding: unknown.body, as: UTF8.self) == "- - \(type) \(fields)")
        }
    }

    @Test func reportsHowLongAnAnswerMayBeKept() async throws {
        try await withServer { router in
            router.get("/kept") { _ in Response(headers: ["Cache-Control": "max-age=60"]) }
        } test: { address in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(200))
            let answer = try await client.get("\(address)/kept")
            #expect(answer.cacheControl == "max-age=60")
        }
    }

    @Test func doesNotFollowRedirects() async throws {
        try await withServer { router in
            router.get("/moved") { _ in Response(status: HTTPStatus(code: 308), headers: ["Location": "/echo?x=y"]) }
        } test: { address in
            let client = WebClient(maximumRequests: 1, timeout: .seconds(200))
            let answer = try await client.get("\(address)/moved")
            #expect(answer.status == 308 && answer.body.isEmpty)
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/", "http://", "file:///etc/hostname", "gopher://127.0.0.1/"])
    func reportsAFailedConnection(url: String) async throws {
        let client = WebClient(maximumRequests: 1, timeout: .seconds(5))
        let error = await #expect(throws: HTTPClientError.self) { _ = try await client.get(url) }
        #expect(error?.code == .failed)
    }

    private func withServer(
        routes: (inout Router) -> Void = { _ in },
        test: (String) async throws -> Void
    ) async throws {
        var router = Router()
        routes(&router)
        router.get("/echo") { request in .text(request.query["x"] ?? "") }
        router.get("/long") { _ in .text(String(repeating: "x", count: 10_000)) }
        router.get("/slow") { _ in
            try await Task.sleep(for: .seconds(200))
            return .text("")
        }
        var configuration = HTTPServerConfiguration()
        configuration.host = "127.0.0.1"
        configuration.drainTimeout = .milliseconds(10)
        let server = WebServer(
            configuration: configuration,
            router: router,
            logger: Logger(service: "tests", level: .error),
            metrics: MetricsRegistry()
        )
        try await server.start()
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await test("http://127.0.0.1:\(server.port)"))
        } catch {
            outcome = .failure(error)
        }
        await server.stop()
        try outcome.get()
    }
}
