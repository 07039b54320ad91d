import HTTPServer
import Observability
import RESTTestSupport
import TestSupport
import Testing

/// Many clients at once that disconnect at random points.
@Suite(.timeLimit(.minutes(10))) struct BreakOffTests {
    /// A generator with reproducible numbers (SplitMix64).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let requests: [[UInt8]] = {
        let large = String(repeating: "0123456789", count: 20_000)
        let folded = Gzip.fold(Array(large.utf8))
        return [
            "GET /value HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /stream HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n",
            "GET /later HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + large,
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n30d40\r\n" + large + "\r\n0\r\n\r\n",
            "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + large,
            "POST /refuse HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HEAD /stream HTTP/1.0\r\n\r\n",
        ].map { Array($0.utf8) } + [
            Array(
                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: \(folded.count)\r\n\r\n"
                    .utf8
            )
                + folded
        ]
    }()

    private static func routes(_ router: inout Router) {
        router.get("/value") { _ in .bytes([UInt8](repeating: 65, count: 300_000), contentType: "text/plain") }
        router.get("/later") { _ in
            try await Task.sleep(for: .milliseconds(3))
            return .text("later")
        }
        router.get("/stream") { _ in
            .stream(contentType: "text/plain") { writer in
                for number in 0..<200 {
                    try await writer.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 4000))
                    if number.isMultiple(of: 50) { try await Task.sleep(for: .milliseconds(1)) }
                }
            }
        }
        router.post("/echo") { request in
            let body = try await request.body.collect(upTo: 1 << 20)
            return .stream(contentType: "text/plain") { try await $0.write(body) }
        }
        router.post("/refuse") { _ in throw Problem(.forbidden) }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func survivesRandomDisconnects(seed: UInt64) async throws {
        let metrics = MetricsRegistry()
        let configure = { (configuration: inout HTTPServerConfiguration) in
            configuration.requestTimeout = .milliseconds(500)
        }
        try await withServer(configure, metrics: metrics, routes: BreakOffTests.routes) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        var generator = Generator(state: seed &* 1000 &+ UInt64(worker))
                        for _ in 0..<40 {
                            let client = try RawClient(server)
                            let request = BreakOffTests.requests.randomElement(using: &generator) ?? []
                            let isWhole = Bool.random(using: &generator)
                            let count = isWhole ? request.count : Int.random(in: 0...request.count, using: &generator)
                            _ = try await client.sendAll(Array(request.prefix(count)))
                            if Bool.random(using: &generator), isWhole { _ = try? await client.read(atLeast: 1) }
                            if Bool.random(using: &generator) { client.reset() } else { client.hangUp() }
                        }
                    }
                }
                try await group.waitForAll()
            }
            // All requests end, and the server still answers. On a busy machine, a handler may exceed its deadline again.
            try await eventually("the server answers") {
                try await RawClient(server).exchange("GET /later HTTP/1.1\r\nHost: a\r\n\r\n").text == "later"
            }
            try await metrics.waitUntil("http_connections") { $0 == 0 }
            try await metrics.waitUntil("http_requests_in_flight") { $0 == 0 }
        }
    }
}
