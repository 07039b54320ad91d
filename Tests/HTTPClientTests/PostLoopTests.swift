import HTTPClient
import HTTPServer
import Networking
import Observability
import Testing

@Suite(.timeLimit(.minutes(5))) struct PostLoopTests {
    @Test func postsConcurrently() async throws {
        try await withLoop { loop, address in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await loop.send(post("\(address)/take", "\(number)")).status
                    }
                }
                for try await status in group { #expect(status == 204) }
            }
        }
    }

    @Test func sendsHeadersAndBody() async throws {
        try await withLoop { loop, address in
            let headers = [("webhook-id", "evt_1"), ("Content-Type", "application/json")]
            let answer = try await loop.send(PostLoop.Post(url: "\(address)/seen", headers: headers, body: [123, 125]))
            #expect(answer.status == 299)
        }
    }

    @Test func reportsRetryAfter() async throws {
        try await withLoop { loop, address in
            let answer = try await loop.send(post("\(address)/later"))
            #expect(answer.status == 503 && answer.retryAfter == 7)
        }
    }

    @Test func readsOnlyTheStartOfLongAnswers() async throws {
        try await withLoop { loop, address in
            let long = try await loop.send(post("\(address)/long"))
            #expect(long.status == 200)
            let next = try await loop.send(post("\(address)/take"))
            #expect(next.status == 204)
        }
    }

    @Test func doesNotFollowRedirects() async throws {
        try await withLoop { loop, address in
            let answer = try await loop.send(post("\(address)/moved"))
            #expect(answer.status == 307)
        }
    }

    @Test func opensNoConnectionToForbiddenAddresses() async throws {
        try await withLoop(forbidden: .special) { loop, address in
            for url in [address, address.replacing("127.0.0.1", with: "[::ffff:127.0.0.1]")] {
                let error = await #expect(throws: HTTPClientError.self) { try await loop.send(post("\(url)/take")) }
                #expect(error?.code == .forbiddenAddress)
            }
        }
    }

    @Test func refusesHTTPUnlessAllowed() async throws {
        var limits = PostLoop.Limits(forbidden: .none)
        limits.timeout = .seconds(200)
        let loop = PostLoop(limits)
        defer { loop.close() }
        let error = await #expect(throws: HTTPClientError.self) { try await loop.send(post("http://127.0.0.1:1/")) }
        #expect(error?.code == .failed)
    }

    @Test func refusesRequestsAfterClose() async throws {
        let loop = PostLoop(PostLoop.Limits(forbidden: .none))
        loop.close()
        let error = await #expect(throws: HTTPClientError.self) { try await loop.send(post("https://127.0.0.1:1/")) }
        #expect(error?.code == .busy)
    }

    private func withLoop(
        forbidden: AddressRanges = .none,
        test: (PostLoop, String) async throws -> Void
    ) async throws {
        var router = Router()
        router.post("/take") { request in
            _ = try await request.body.collect(upTo: 1_000)
            return .noContent
        }
        router.post("/seen") { request in
            let body = try await request.body.collect(upTo: 1_000)
            let isRight = body == [123, 125] && request.headers["webhook-id"] == "evt_1"
            return Response(status: HTTPStatus(code: isRight ? 299 : 400))
        }
        router.post("/later") { _ in
            Response(status: HTTPStatus(code: 503), headers: ["Retry-After": "7"])
        }
        router.post("/long") { _ in .text(String(repeating: "x", count: 1 << 20)) }
        router.post("/moved") { _ in Response(status: HTTPStatus(code: 307), headers: ["Location": "/take"]) }
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
        var limits = PostLoop.Limits(forbidden: forbidden)
        limits.timeout = .seconds(200)
        limits.allowsHTTP = true
        let loop = PostLoop(limits)
        let result: Result<Void, any Error>
        do {
            result = .success(try await test(loop, "http://127.0.0.1:\(server.port)"))
        } catch {
            result = .failure(error)
        }
        loop.close()
        await server.stop()
        try result.get()
    }
}

private func post(_ url: String, _ body: String = "{}") -> PostLoop.Post {
    PostLoop.Post(url: url, headers: [], body: Array(body.utf8))
}
