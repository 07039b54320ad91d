import HTTPServer
import JSON
import Observability
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ResponseTests {
    private static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
    }

    private static let numbers = [UInt8]((0..<2000).map(String.init).joined(separator: ",").utf8)

    private static func routes(_ router: inout Router) {
        router.get("/small") { _ in .json { $0.value("small") } }
        router.get("/large") { _ in .bytes(numbers, contentType: "application/json") }
        router.get("/image") { _ in .bytes(numbers, contentType: "image/png") }
        router.get("/stream") { _ in
            .stream(contentType: "application/x-ndjson") { writer in
                for number in 0..<2000 { try await writer.write("\(number)\n") }
            }
        }
        router.get("/nothing") { _ in .noContent }
        router.post("/large") { _ in .bytes(numbers, contentType: "application/json") }
    }

    private static let lines = [UInt8]((0..<2000).map { "\($0)\n" }.joined().utf8)

    @Test func compressesLargeText() async throws {
        try await withServer(routes: ResponseTests.routes) { server in
            let client = try RawClient(server)
            let accepting = "Accept-Encoding: deflate, gzip;q=0.5\r\n"
            let large = try await client.exchange(ResponseTests.get("/large", accepting))
            #expect(large["Content-Encoding"] == "gzip")
            #expect(large["Vary"] == "Accept-Encoding")
            #expect(large.body.count < ResponseTests.numbers.count)
            #expect(Gzip.unfold(large.body) == ResponseTests.numbers)
            let stream = try await client.exchange(ResponseTests.get("/stream", accepting))
            #expect(stream["Content-Encoding"] == "gzip")
            #expect(Gzip.unfold(stream.body) == ResponseTests.lines)
            for path in ["/small", "/image"] {
                let response = try await client.exchange(ResponseTests.get(path, accepting))
                #expect(response["Content-Encoding"] == nil)
            }
            for field in [
                "", "Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: *;q=0\r\n",
            ] {
                let response = try await client.exchange(ResponseTests.get("/large", field))
                #expect(response["Content-Encoding"] == nil)
                #expect(response["Vary"] == "Accept-Encoding")
                #expect(response.body == ResponseTests.numbers)
            }
        }
    }

    @Test func comparesEntityTags() async throws {
        try await withServer(routes: ResponseTests.routes) { server in
            let client = try RawClient(server)
            let plain = try await client.exchange(ResponseTests.get("/large"))
            let tag = try #require(plain["ETag"])
            #expect(tag.hasPrefix("\"") && tag.utf8.count == 32)
            let folded = try await client.exchange(ResponseTests.get("/large", "Accept-Encoding: gzip\r\n"))
            #expect(folded["ETag"] == "W/" + tag)
            for field in [tag, "W/" + tag, "\"x\", \(tag)", "*"] {
                let response = try await client.exchange(ResponseTests.get("/large", "If-None-Match: \(field)\r\n"))
                #expect(response.status == 304, "\(field)")
                #expect(response["ETag"] == tag)
                #expect(response["Cache-Control"] == "private, no-store")
            }
            let changed = try await client.exchange(ResponseTests.get("/large", "If-None-Match: \"x\"\r\n"))
            #expect(changed.status == 200)
            let image = try await client.exchange(ResponseTests.get("/image"))
            #expect(image["ETag"] == nil)
            let post = try await client.exchange("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
            #expect(post["ETag"] == nil)
        }
    }

    @Test func answersHeadWithoutABody() async throws {
        try await withServer(routes: ResponseTests.routes) { server in
            for path in ["/small", "/large", "/stream", "/nothing"] {
                let client = try RawClient(server)
                let get = try await client.exchange(ResponseTests.get(path))
                let head = try await client.exchange("HEAD \(path) HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
                #expect(head.status == get.status)
                #expect(head["ETag"] == get["ETag"])
                #expect(head["Content-Type"] == get["Content-Type"])
                #expect(head["Content-Length"] == get["Content-Length"])
                client.finishSending()
                #expect(try await client.end().isEmpty)
            }
        }
    }

    @Test func sendsTheCommonFields() async throws {
        try await withServer(routes: ResponseTests.routes) { server in
            let client = try RawClient(server)
            for path in ["/small", "/nowhere", "/stream", "/nothing"] {
                let response = try await client.exchange(ResponseTests.get(path, "X-Request-Id: a b\r\n"))
                #expect(response["X-Content-Type-Options"] == "nosniff")
                #expect(response["Cross-Origin-Resource-Policy"] == "same-origin")
                #expect(response["Cache-Control"] == "private, no-store")
                let names = response.headers.map { $0.name.lowercased() }
                #expect(Set(names).count == names.count)
                let id = try #require(response["X-Request-Id"])
                #expect(id != "a b")
                #expect(id.utf8.count >= 24)
            }
            let named = try await client.exchange(ResponseTests.get("/small", "X-Request-Id: trace/1.2-3\r\n"))
            #expect(named["X-Request-Id"] == "trace/1.2-3")
        }
    }

    @Test func sendsEachPieceOfAStreamAtOnce() async throws {
        let (pulls, pull) = AsyncStream.makeStream(of: String.self)
        try await withServer { router in
            router.get("/") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    for await text in pulls { try await writer.write(text) }
                }
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(ResponseTests.get("/"))
            pull.yield("data: 1\n\n")
            var seen = ""
            while !seen.contains("data: 1") {
                seen += String(decoding: try await client.read(atLeast: 1), as: UTF8.self)
            }
            pull.yield("data: 2\n\n")
            while !seen.contains("data: 2") {
                seen += String(decoding: try await client.read(atLeast: 1), as: UTF8.self)
            }
            pull.finish()
            while !seen.hasSuffix("\r\n0\r\n\r\n") {
                seen += String(decoding: try await client.read(atLeast: 1), as: UTF8.self)
            }
        }
    }

    @Test func writesAtTheSpeedOfTheClient() async throws {
        let written = Mutex(0)
        try await withServer { router in
            router.get("/") { _ in
                .stream(contentType: "image/png") { writer in
                    let piece = [UInt8](repeating: 1, count: 50_000)
                    for _ in 0..<1000 {
                        try await writer.write(piece)
                        written.withLock { $0 += piece.count }
                    }
                }
            }
        } test: { server in
            let client = try RawClient(server, receiveBuffer: 4096)
            client.send(ResponseTests.get("/"))
            var last = 0
            try await eventually("the handler waits") {
                try await Task.sleep(for: .milliseconds(200))
                let before = last
                last = written.withLock { $0 }
                return last > 0 && last == before
            }
            #expect(last < 20_000_000, "the kernel's buffers hold some megabytes, the server 160 kB")
            #expect(try await client.response().body.count == 50_000_000)
        }
    }

    @Test(arguments: [true, false])
    func endsAStreamWhenTheClientDisconnects(writes: Bool) async throws {
        let (events, event) = AsyncStream.makeStream(of: String.self)
        try await withServer { router in
            router.get("/") { _ in
                .stream(contentType: "text/event-stream") { writer in
                    do {
                        try await writer.write("data: 0\n\n")
                        event.yield("begun")
                        while true {
                            try await Task.sleep(for: writes ? .milliseconds(5) : .seconds(60))
                            try await writer.write("data: 1\n\n")
                        }
                    } catch {
                        event.yield("ended")
                        throw error
                    }
                }
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(ResponseTests.get("/"))
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "begun")
            client.hangUp()
            #expect(await iterator.next() == "ended")
        }
    }

    @Test func resetsAStreamThatFails() async throws {
        struct Failure: Error {}
        let metrics = MetricsRegistry()
        try await withServer(metrics: metrics) { router in
            router.get("/") { _ in
                .stream(contentType: "text/plain") { writer in
                    try await writer.write("part")
                    throw Failure()
                }
            }
        } test: { server in
            let others = try (0..<4).map { _ in try RawClient(server) }
            for _ in 0..<20 {
                let client = try RawClient(server)
                client.send(ResponseTests.get("/"))
                let text = String(decoding: try await client.end(), as: UTF8.self)
                #expect(!text.hasSuffix("0\r\n\r\n"), "the client would consider it complete")
            }
            // The server has closed all of them, although older connections are open.
            try await metrics.waitUntil("http_connections") { $0 == 4 }
            withExtendedLifetime(others) {}
        }
    }

    @Test func streamsToAnHTTP10ClientUntilItCloses() async throws {
        try await withServer(routes: ResponseTests.routes) { server in
            for _ in 0..<3 {
                let client = try RawClient(server)
                client.send("GET /stream HTTP/1.0\r\n\r\n")
                let bytes = try await client.end()
                #expect(bytes.suffix(ResponseTests.lines.count) == ResponseTests.lines[...])
            }
        }
    }
}
