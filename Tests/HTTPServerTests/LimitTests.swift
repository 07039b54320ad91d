import HTTPServer
import Observability
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LimitTests {
    @Test func rejectsRequestsOverTheLimitAtOnce() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer { configuration in
            configuration.maximumRequestsInFlight = 2
        } routes: { router in
            router.post("/") { request in
                let body = try await request.body.collect(upTo: 1 << 20)
                begin.yield()
                for await _ in gate {}
                return .text("\(body.count)")
            }
            router.addStandardEndpoints(metrics: .init(), openAPI: []) { Readiness(checks: []) }
        } test: { server in
            let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd"
            let clients = try (0..<2).map { _ in try RawClient(server) }
            var iterator = begun.makeAsyncIterator()
            for client in clients {
                client.send(request)
                await iterator.next()
            }
            let other = try RawClient(server)
            for _ in 0..<2 {
                let response = try await other.exchange(request)
                #expect(response.status == 503)
                #expect(response["Retry-After"] == "1")
            }
            #expect(try await other.exchange("GET /health HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            opener.finish()
            for client in clients { #expect(try await client.response().text == "4") }
            #expect(try await other.exchange(request).status == 200)
        }
    }

    @Test func doesNotCountEventStreamsAsRequestsInProgress() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer { configuration in
            configuration.maximumRequestsInFlight = 1
        } routes: { router in
            router.get("/events") { request in
                .events(to: request) { stream in
                    try await stream.send("begun", Array("{}".utf8))
                    for await _ in gate {}
                }
            }
            router.get("/") { _ in .text("all the same") }
        } test: { server in
            let listeners = try (0..<3).map { _ in try RawClient(server) }
            for listener in listeners {
                listener.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
                var received = ""
                while !received.contains("begun") {
                    received += String(decoding: try await listener.read(atLeast: 1), as: UTF8.self)
                }
                #expect(received.hasPrefix("HTTP/1.1 200 "))
            }
            let other = try RawClient(server)
            #expect(try await other.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            opener.finish()
        }
    }

    @Test func rejectsAtTheGateBeforeTheHandler() async throws {
        try await withServer { _ in
        } routes: { router in
            router.post("/") { request throws(Problem) in
                guard request.body.announcedLength == 4 else { throw Problem.unavailable("Too much.") }
            } handler: { request in
                .text("\(try await request.body.collect(upTo: 100).count)")
            }
        } test: { server in
            let client = try RawClient(server)
            let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
            // The connection stays open, because the rest of the body is short.
            let refused = try await client.exchange(head + "5\r\n\r\nabcde")
            #expect(refused.status == 503)
            #expect(refused["Retry-After"] == "1")
            #expect(try await client.exchange(head + "4\r\n\r\nabcd").text == "4")
        }
    }

    @Test func limitsTheConnectionsOfAnAddress() async throws {
        try await withServer { configuration in
            configuration.threads = 1
            configuration.maximumConnectionsPerAddress = 3
        } routes: { router in
            router.get("/") { _ in .text("x") }
        } test: { server in
            let clients = try (0..<3).map { _ in try RawClient(server) }
            for client in clients {
                #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            }
            let tooMany = try RawClient(server)
            #expect(try await tooMany.end().isEmpty)
            clients[0].hangUp()
            // The place becomes free when the server notices the close.
            try await eventually("another client is answered") {
                (try? await RawClient(server).exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status) == 200
            }
        }
    }

    @Test func queuesConnectionsOverTheLimit() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        try await withServer { configuration in
            configuration.threads = 1
            configuration.maximumConnections = 2
        } routes: { router in
            router.get("/") { _ in .text("x") }
            router.get("/busy") { _ in
                for await _ in gate {}
                return .text("x")
            }
        } test: { server in
            let clients = try (0..<2).map { _ in try RawClient(server) }
            for client in clients { client.send("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n") }
            let waiting = try RawClient(server)
            let isAnswered = Mutex(false)
            async let response = {
                let response = try await waiting.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                isAnswered.withLock { $0 = true }
                return response
            }()
            try await Task.sleep(for: .milliseconds(500))
            #expect(!isAnswered.withLock { $0 })
            opener.finish()
            for client in clients { #expect(try await client.response().status == 200) }
            #expect(try await response.status == 200, "the others are idle now and make room")
        }
    }

    @Test func evictsSilentConnectionsWhenPlacesRunOut() async throws {
        try await withServer { configuration in
            configuration.threads = 1
            configuration.maximumConnections = 4
            configuration.headTimeout = .seconds(3_600)
        } routes: { router in
            router.get("/") { _ in .text("x") }
        } test: { server in
            let mute = try (0..<12).map { _ in try RawClient(server) }
            let client = try RawClient(server)
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            for client in mute { try await client.end() }
        }
    }

    @Test func evictsIdleConnectionsWhenPlacesRunOut() async throws {
        try await withServer { configuration in
            configuration.threads = 1
            configuration.maximumConnections = 4
        } routes: { router in
            router.get("/") { _ in .text("x") }
        } test: { server in
            var clients: [RawClient] = []
            for _ in 0..<12 {
                let client = try RawClient(server)
                #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
                clients.append(client)
            }
        }
    }
}
