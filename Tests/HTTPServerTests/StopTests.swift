import HTTPServer
import Observability
import RESTTestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(10))) struct StopTests {
    /// Runs a server that the test stops, with a route whose answers the test releases.
    private func withGate(
        drainTimeout: Duration = .seconds(20),
        _ test: (WebServer, _ begun: AsyncStream<Void>, _ open: @escaping @Sendable () -> Void) async throws -> Void
    ) async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer { configuration in
            configuration.drainTimeout = drainTimeout
        } routes: { router in
            router.get("/quick") { _ in .text("quick") }
            router.post("/echo") { request in
                .bytes(try await request.body.collect(upTo: 1 << 20), contentType: "text/plain")
            }
            router.get("/slow") { _ in
                begin.yield()
                for await _ in gate {}
                try Task.checkCancellation()
                return .text("slow")
            }
            router.get("/stream") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    try await writer.write("data: 0\n\n")
                    begin.yield()
                    try await Task.sleep(for: .seconds(600))
                }
            }
        } test: { server in
            try await test(server, begun) { opener.finish() }
        }
    }

    private static func get(_ path: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
    }

    @Test func answersPendingRequestsAndClosesConnections() async throws {
        try await withGate { server, begun, open in
            let slow = try RawClient(server)
            slow.send(StopTests.get("/slow"))
            var iterator = begun.makeAsyncIterator()
            await iterator.next()
            let idle = try RawClient(server)
            #expect(try await idle.exchange(StopTests.get("/quick")).status == 200)
            let late = try RawClient(server)
            late.send("GET /quick HTTP/1.1\r\n")
            #expect(try await RawClient(server).exchange(StopTests.get("/quick")).status == 200)

            async let stopped: Void = server.stop()
            try await idle.end()
            late.send("Host: a\r\n\r\n")
            let lateAnswer = try await late.response()
            #expect(lateAnswer.status == 200)
            #expect(lateAnswer["Connection"] == "close")
            #expect(throws: RawClient.Failure.self) { try RawClient(server) }
            open()
            let answer = try await slow.response()
            #expect(answer.text == "slow")
            #expect(answer["Connection"] == "close")
            await stopped
        }
    }

    @Test func stalledClientsDoNotBlockTheStop() async throws {
        try await withGate(drainTimeout: .milliseconds(300)) { server, begun, _ in
            var iterator = begun.makeAsyncIterator()
            let clients = try (0..<6).map { _ in try RawClient(server) }
            clients[0].send("GET /qui")
            clients[1].send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            clients[2].send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nabc")
            clients[3].send(StopTests.get("/slow"))
            await iterator.next()
            clients[4].send(StopTests.get("/stream"))
            await iterator.next()
            #expect(try await clients[5].exchange(StopTests.get("/quick")).status == 200)
            let start = ContinuousClock.now
            await server.stop()
            #expect(ContinuousClock.now - start < .seconds(60))
            for client in clients { try await client.end() }
        }
    }

    /// libmicrohttpd's threads wake while the server stops listening.
    @Test func stopsWhileConnectionsOpenAndClose() async throws {
        for _ in 0..<30 {
            try await withGate { server, _, _ in
                await withTaskGroup { group in
                    for _ in 0..<8 {
                        group.addTask {
                            while let client = try? RawClient(server) {
                                client.send(StopTests.get("/quick"))
                                client.hangUp()
                                await Task.yield()
                            }
                        }
                    }
                    try? await Task.sleep(for: .milliseconds(20))
                    await server.stop()
                }
            }
        }
    }

    @Test func stopsTwiceAndWithoutAStart() async throws {
        try await withGate { server, _, _ in
            await server.stop()
            await server.stop()
        }
        await WebServer(
            configuration: HTTPServerConfiguration(),
            router: Router(),
            logger: .silent,
            metrics: MetricsRegistry()
        ).stop()
    }

    @Test func stopsUnderLoad() async throws {
        try await withGate { server, _, _ in
            let answered = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<16 {
                    let client = try RawClient(server)
                    group.addTask {
                        var count = 0
                        while let response = try? await client.exchange(
                            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
                        ) {
                            #expect(response.text == "abcd")
                            count += 1
                            if response["Connection"] == "close" { return count }
                        }
                        Issue.record("An active connection closed without an answer.")
                        return count
                    }
                }
                try await Task.sleep(for: .milliseconds(100))
                await server.stop()
                return try await group.reduce(0, +)
            }
            #expect(answered >= 16)
        }
    }
}
