import HTTPServer
import Observability
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

/// Deliberately slow clients.
///
/// Each deadline is a fraction of a second. The client waits for the server to close the connection. It fails only after
/// minutes, because other tests may keep the machine busy.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DeadlineTests {
    /// Sends a byte every few milliseconds until the server closes the connection.
    ///
    /// - Returns: the time until then.
    private func drip(_ client: RawClient, _ text: String) async throws -> Duration {
        let start = ContinuousClock.now
        async let end = client.end()
        let dripping = Task {
            while !Task.isCancelled {
                guard client.send(text) else { return }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        _ = try await end
        dripping.cancel()
        return ContinuousClock.now - start
    }

    private func withImpatientServer(
        metrics: MetricsRegistry = MetricsRegistry(),
        _ test: (WebServer) async throws -> Void
    ) async throws {
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.headTimeout = .milliseconds(300)
            configuration.idleTimeout = .milliseconds(300)
            configuration.bodyGrace = .milliseconds(300)
            configuration.writeTimeout = .milliseconds(300)
            configuration.minimumBodyRate = 100_000_000
        }
        let routes = { (router: inout Router) in
            router.get("/") { _ in .text("x") }
            router.get("/large") { _ in .bytes([UInt8](repeating: 1, count: 8_000_000), contentType: "image/png") }
            router.get("/endless") { _ in
                .stream(contentType: "image/png") { writer in
                    while true { try await writer.write([UInt8](repeating: 1, count: 10_000)) }
                }
            }
            router.post("/") { request in
                .bytes(try await request.body.collect(upTo: 1 << 20), contentType: "text/plain")
            }
        }
        try await withServer(configure, metrics: metrics, routes: routes, test: test)
    }

    @Test func closesASilentConnection() async throws {
        let metrics = MetricsRegistry()
        try await withImpatientServer(metrics: metrics) { server in
            try await RawClient(server).end()
            // The server counts the connection after the client sees it close.
            try await metrics.waitUntil("http_connections_reaped_total") { $0 == 1 }
        }
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX-A: "])
    func closesAConnectionWithASlowHead(begin: String) async throws {
        try await withImpatientServer { server in
            let client = try RawClient(server)
            client.send(begin)
            #expect(try await drip(client, begin.hasSuffix("\n") ? "A: b\r\n" : "a") < .seconds(120))
        }
    }

    @Test(arguments: [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
    ])
    func closesAConnectionWithASlowBody(begin: String) async throws {
        try await withImpatientServer { server in
            let client = try RawClient(server)
            client.send(begin)
            #expect(try await drip(client, "a") < .seconds(120))
        }
    }

    @Test(arguments: [
        "", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
    ])
    func closesLongBeforeTheDeadlineOnceTheClientHasClosedItsSide(begin: String) async throws {
        try await withServer { router in
            router.get("/") { _ in .text("x") }
            router.post("/") { request in .text("\(try await request.body.collect(upTo: 100).count)") }
        } test: { server in
            // Several connections, because the end must arrive together with the last bytes.
            let clients = try (0..<20).map { _ in try RawClient(server) }
            for client in clients {
                client.send(begin)
                client.finishSending()
            }
            for client in clients { try await client.end() }
        }
    }

    @Test func closesAnIdleConnection() async throws {
        try await withImpatientServer { server in
            let client = try RawClient(server)
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            try await client.end()
        }
    }

    @Test func closesAConnectionWithASlowHeadAfterAnAnswer() async throws {
        try await withImpatientServer { server in
            let client = try RawClient(server)
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200)
            client.send("GET / HTTP/1.1\r\nX-A: ")
            #expect(try await drip(client, "a") < .seconds(120))
        }
    }

    @Test(arguments: ["/large", "/endless"])
    func closesAConnectionWhoseReaderStalls(path: String) async throws {
        let metrics = MetricsRegistry()
        try await withImpatientServer(metrics: metrics) { server in
            let client = try RawClient(server, receiveBuffer: 4096)
            client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            // Do not read until the server has given up.
            try await metrics.waitUntil("http_connections_reaped_total") { $0 >= 1 }
            #expect(try await client.end().count < 8_000_000)
        }
    }

    /// A longer answer may take longer, but only if the client reads.
    @Test func closesAConnectionWhoseReaderStallsInALongAnswer() async throws {
        let metrics = MetricsRegistry()
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.writeTimeout = .milliseconds(300)
            configuration.minimumBodyRate = 1
        }
        let routes = { (router: inout Router) in
            router.get("/") { _ in .bytes([UInt8](repeating: 1, count: 20_000_000), contentType: "image/png") }
        }
        try await withServer(configure, metrics: metrics, routes: routes) { server in
            let client = try RawClient(server, receiveBuffer: 4096)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            try await metrics.waitUntil("http_connections_reaped_total") { $0 >= 1 }
            #expect(try await client.end().count < 20_000_000)
        }
    }

    @Test func toleratesASlowButSteadyReader() async throws {
        try await withServer { configuration in
            configuration.writeTimeout = .seconds(2)
            configuration.minimumBodyRate = 1_000
        } routes: { router in
            router.get("/") { _ in .bytes([UInt8](repeating: 1, count: 20_000_000), contentType: "image/png") }
        } test: { server in
            let client = try RawClient(server, receiveBuffer: 65_536)
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            // Longer than the server waits for a stalled reader.
            var count = try await client.readSlowly(times: 16, atLeast: 100_000, pause: .milliseconds(200))
            count += try await client.end().count
            #expect(count > 20_000_000)
        }
    }

    /// The deadline applies to any reader, but not to event streams.
    @Test func resetsAnAnswerThatTakesTooLong() async throws {
        let isCut = Mutex(false)
        try await withServer { configuration in
            configuration.answerTimeout = .milliseconds(300)
        } routes: { router in
            router.get("/endless") { _ in
                .stream(contentType: "image/png") { writer in
                    while true {
                        try await writer.write([1])
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
            router.get("/events") { request in
                .events(to: request) { stream in
                    while !isCut.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
                    try await stream.send("last", Array("{}".utf8))
                }
            }
        } test: { server in
            let events = try RawClient(server)
            events.send("GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = try await events.read(atLeast: 1)
            let endless = try RawClient(server)
            endless.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(!String(decoding: try await endless.end(), as: UTF8.self).hasSuffix("0\r\n\r\n"))
            isCut.withLock { $0 = true }
            #expect(String(decoding: try await events.end(), as: UTF8.self).contains("event: last"))
        }
    }

    @Test func endsAnEventStreamWhateverItIsDoing() async throws {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        try await withServer { _ in
        } routes: { router in
            router.get("/events") { request in
                .events(to: request) {
                    for await _ in ends { return }
                } _: { stream in
                    try await stream.send("last", Array("{}".utf8))
                    end.yield()
                    try await Task.sleep(for: .seconds(3_600))
                }
            }
        } test: { server in
            let client = try RawClient(server)
            client.send("GET /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let text = String(decoding: try await client.end(), as: UTF8.self)
            #expect(text.contains("event: last") && text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func answersForALateHandler() async throws {
        let cancelled = Mutex(false)
        try await withServer { configuration in
            configuration.requestTimeout = .milliseconds(200)
        } routes: { router in
            router.post("/") { request in
                _ = try await request.body.collect(upTo: 100)
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    cancelled.withLock { $0 = true }
                }
                return .text("late")
            }
        } test: { server in
            let client = try RawClient(server)
            let response = try await client.exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
            #expect(response.status == 503)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Retry-After"] != nil)
            try await eventually("the handler is cancelled") { cancelled.withLock { $0 } }
            // The connection still works.
            #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 405)
        }
    }

    @Test func endsTheConnectionOfABodyThatDoesNotArrive() async throws {
        try await withServer { configuration in
            configuration.requestTimeout = .milliseconds(200)
            configuration.bodyGrace = .milliseconds(200)
        } routes: { router in
            router.post("/") { request in
                .bytes(try await request.body.collect(upTo: 1 << 20), contentType: "text/plain")
            }
        } test: { server in
            let client = try RawClient(server)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nab")
            let answer = String(decoding: try await client.end(), as: UTF8.self)
            #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(answer)")
        }
    }

    @Test func cancelsAHandlerWhenTheClientResetsTheConnection() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: String.self)
        try await withServer { router in
            router.get("/") { _ in
                continuation.yield("begun")
                do {
                    try await Task.sleep(for: .seconds(60))
                } catch {
                    continuation.yield("cancelled")
                }
                return .text("late")
            }
        } test: { server in
            let client = try RawClient(server)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "begun")
            client.reset()
            #expect(await iterator.next() == "cancelled")
        }
    }
}
