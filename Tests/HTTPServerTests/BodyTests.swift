import HTTPServer
import Observability
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BodyTests {
    private static func post(_ path: String, _ fields: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    private static func countingRoutes(_ router: inout Router) {
        router.post("/count") { request in
            var count = 0
            for try await chunk in request.body { count += chunk.count }
            return .text("\(count)")
        }
        router.post("/collect") { request in
            .text("\(try await request.body.collect(upTo: 100_000).count)")
        }
        router.post("/ignore") { _ in .text("ignored") }
        router.post("/refuse") { _ in throw Problem(.forbidden, "No.") }
    }

    @Test func sendsContinueToAClientThatExpectsIt() async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/collect", "Content-Length: 4\r\nExpect: 100-continue\r\n"))
            let interim = String(decoding: try await client.read(atLeast: 25), as: UTF8.self)
            #expect(interim == "HTTP/1.1 100 Continue\r\n\r\n")
            client.send("abcd")
            let response = try await client.response()
            #expect(response.text == "4")
        }
    }

    @Test(arguments: ["/refuse", "/nowhere", "/collect"])
    func rejectsAnExpectedBodyWithoutContinue(path: String) async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            client.send(BodyTests.post(path, "Content-Length: 4000000\r\nExpect: 100-continue\r\n"))
            let text = String(decoding: try await client.end(), as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 4"))
            #expect(text.contains("application/problem+json"))
        }
    }

    @Test(arguments: [
        ("Content-Length: 11000000\r\n", ""), ("Content-Length: 150000\r\n", ""),
        ("Transfer-Encoding: chunked\r\n", "a7d8c0\r\n"),
    ])
    func answers413ToAClientThatSendsAnyway(fields: String, begin: String) async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/collect", fields) + begin)
            // Send everything before reading an answer, as many clients do.
            _ = try await client.sendAll([UInt8](repeating: 1, count: begin.isEmpty ? 150_000 : 11_000_000))
            let response = try await client.response()
            #expect(response.status == 413)
            #expect(response["Content-Type"] == "application/problem+json")
            #expect(response["Connection"] == "close")
            client.finishSending()
            try await client.end()
        }
    }

    @Test func answers413BeforeTheBodyEnds() async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/collect", "Transfer-Encoding: chunked\r\n") + "30d40\r\n")
            _ = try await client.sendAll([UInt8](repeating: 1, count: 110_000))
            #expect(try await client.response().status == 413)
        }
    }

    @Test(arguments: ["/ignore", "/refuse", "/nowhere"], [10, 60_000])
    func keepsAConnectionWithAShortUnreadBody(path: String, size: Int) async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            for _ in 0..<3 {
                client.send(BodyTests.post(path, "Content-Length: \(size)\r\n"))
                _ = try await client.sendAll([UInt8](repeating: 1, count: size))
                #expect([200, 403, 404].contains(try await client.response().status))
            }
        }
    }

    @Test func streamsABodyAtTheSpeedOfItsReader() async throws {
        let (pulls, pull) = AsyncStream.makeStream(of: Void.self)
        let taken = Mutex(0)
        try await withServer { configuration in
            configuration.maximumBody = 100_000_000
        } routes: { router in
            router.post("/") { request in
                var pulls = pulls.makeAsyncIterator()
                var count = 0
                for try await chunk in request.body {
                    count += chunk.count
                    taken.withLock { [count] in $0 = count }
                    await pulls.next()
                }
                return .text("\(count)")
            }
        } test: { server in
            let client = try RawClient(server)
            let size = 30_000_000
            client.send(BodyTests.post("/", "Content-Length: \(size)\r\n"))
            let isSent = Mutex(false)
            async let sending = {
                let isWhole = try await client.sendAll([UInt8](repeating: 1, count: size))
                isSent.withLock { $0 = true }
                return isWhole
            }()
            // The reader has taken its first chunk. The socket buffers hold some megabytes, and the server 96 kB.
            try await eventually("the reader has its first chunk") { taken.withLock { $0 } > 0 }
            try await Task.sleep(for: .milliseconds(300))
            #expect(taken.withLock { $0 } <= ExchangeBounds.inbound)
            #expect(!isSent.withLock { $0 })
            pull.finish()
            #expect(try await sending)
            #expect(try await client.response().text == "\(size)")
        }
    }

    @Test(arguments: [65_536, 65_537, 2_000_000]) func collectsABodySentInPieces(size: Int) async throws {
        try await withServer { router in
            router.post("/") { request in
                let bytes = try await request.body.collect(upTo: 2_000_000)
                return .text("\(bytes.count) \(bytes.reduce(0) { $0 &* 31 &+ Int($1) })")
            }
        } test: { server in
            let client = try RawClient(server)
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            for _ in 0..<2 {
                client.send(BodyTests.post("/", "Content-Length: \(size)\r\n"))
                for start in stride(from: 0, to: size, by: size / 3) {
                    #expect(try await client.sendAll(Array(body[start..<min(start + size / 3, size)])))
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(try await client.response().text == "\(size) \(body.reduce(0) { $0 &* 31 &+ Int($1) })")
            }
        }
    }

    @Test func endsAStreamWhenTheClientDisconnects() async throws {
        let (events, event) = AsyncStream.makeStream(of: String.self)
        try await withServer { router in
            router.post("/") { request in
                do {
                    for try await _ in request.body { event.yield("chunk") }
                } catch {
                    event.yield("\(type(of: error))")
                    throw error
                }
                return .text("whole")
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/", "Content-Length: 900000\r\n") + "begin")
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "chunk")
            client.hangUp()
            let end = await iterator.next()
            #expect(end == "ClientDisconnected" || end == "CancellationError")
        }
    }

    @Test func resetsAResponseWhoseHandlerReadsTheBodyTooLate() async throws {
        let (events, event) = AsyncStream.makeStream(of: String.self)
        try await withServer { router in
            router.post("/") { request in
                .stream(contentType: "text/plain") { writer in
                    do {
                        for try await chunk in request.body { try await writer.write(chunk) }
                    } catch {
                        event.yield("\(type(of: error))")
                        throw error
                    }
                }
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/", "Content-Length: 500000\r\n"))
            async let sending = client.sendAll([UInt8](repeating: 1, count: 500_000))
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "BodyReadTooLate")
            _ = try await sending
            let text = String(decoding: try await client.end(), as: UTF8.self)
            #expect(!text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test(arguments: [0, 10, 100_000, 3_000_000])
    func decompressesGzip(size: Int) async throws {
        try await withServer { configuration in
            configuration.maximumBody = 3_000_000
        } routes: { router in
            BodyTests.countingRoutes(&router)
        } test: { server in
            let folded = Gzip.fold([UInt8](repeating: 65, count: size))
            let client = try RawClient(server)
            client.send(BodyTests.post("/count", "Content-Encoding: gzip\r\nContent-Length: \(folded.count)\r\n"))
            client.send(folded)
            #expect(try await client.response().text == "\(size)")
        }
    }

    @Test func limitsTheDecompressedSize() async throws {
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let folded = Gzip.fold([UInt8](repeating: 65, count: 20_000_000))
            #expect(folded.count < 30_000)
            let client = try RawClient(server)
            for path in ["/count", "/collect"] {
                client.send(BodyTests.post(path, "Content-Encoding: gzip\r\nContent-Length: \(folded.count)\r\n"))
                client.send(folded)
                let response = try await client.response()
                #expect(response.status == 413)
                if response["Connection"] == "close" { return }
            }
        }
    }

    @Test func rejectsMalformedGzip() async throws {
        let whole = Gzip.fold(Array("a body that is folded".utf8))
        var flipped = whole
        flipped[whole.count - 6] ^= 1
        try await withServer(routes: BodyTests.countingRoutes) { server in
            let client = try RawClient(server)
            for body in [Array("no gzip at all".utf8), Array(whole.dropLast(4)), whole + whole, whole + [1], flipped] {
                client.send(BodyTests.post("/count", "Content-Encoding: gzip\r\nContent-Length: \(body.count)\r\n"))
                client.send(body)
                let response = try await client.response()
                #expect(response.status == 400)
                #expect(response.text.contains("gzip"))
            }
            let other = try await client.exchange(
                BodyTests.post("/count", "Content-Encoding: br\r\nContent-Length: 1\r\n") + "a"
            )
            #expect(other.status == 415)
        }
    }

    /// libmicrohttpd delivers its read buffer chunk by chunk, even if the connection was suspended meanwhile.
    @Test func waitsForTheReaderOfABodyWithManyChunks() async throws {
        let (pulls, pull) = AsyncStream.makeStream(of: Void.self)
        let metrics = MetricsRegistry()
        let oneThread = { (configuration: inout HTTPServerConfiguration) in configuration.threads = 1 }
        try await withServer(oneThread, metrics: metrics) { router in
            router.get("/") { _ in .text("here") }
            router.post("/") { request in
                var pulls = pulls.makeAsyncIterator()
                var count = 0
                for try await chunk in request.body {
                    count += chunk.count
                    await pulls.next()
                }
                return .text("\(count)")
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(BodyTests.post("/", "Transfer-Encoding: chunked\r\n") + "1\r\na\r\n")
            try await metrics.waitUntil("http_requests_in_flight") { $0 == 1 }
            let chunk = "3e8\r\n" + String(repeating: "b", count: 1000) + "\r\n"
            async let sending = client.sendAll(Array((String(repeating: chunk, count: 300) + "0\r\n\r\n").utf8))
            // The thread can serve other connections.
            for _ in 0..<20 {
                #expect(try await RawClient(server).exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "here")
            }
            pull.finish()
            #expect(try await sending)
            #expect(try await client.response().text == "300001")
        }
    }
}

/// Maximum bytes of a body in the server: its bound plus one read of the socket.
private enum ExchangeBounds {
    static let inbound = 65_536 + 32_768
}
