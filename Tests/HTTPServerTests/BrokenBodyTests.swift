import HTTPServer
import Observability
import RESTTestSupport
import Synchronization
import Testing

/// A request with a malformed or incomplete body has no effect.
@Suite(.timeLimit(.minutes(10))) struct BrokenBodyTests {
    private static let chunked = "DELETE /thing HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    private static let announced = "DELETE /thing HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n"

    /// Sends a head, then the rest after the server has started on it.
    ///
    /// Returns the answer, and whether the handler took effect.
    private static func send(
        _ head: String,
        then rest: String,
        _ isLate: Bool,
        hangsUp: Bool = false
    ) async throws -> (answer: String, wasDeleted: Bool) {
        let deletions = Atomic(0)
        let metrics = MetricsRegistry()
        var answer = ""
        try await withServer(metrics: metrics) { router in
            router.delete("/thing") { _ in
                deletions.add(1, ordering: .relaxed)
                return .noContent
            }
        } test: { server in
            let client = try RawClient(server)
            if isLate {
                client.send(head)
                try await metrics.waitUntil("http_requests_in_flight") { $0 == 1 }
                client.send(rest)
            } else {
                client.send(head + rest)
            }
            if hangsUp { client.finishSending() }
            answer = String(decoding: try await client.end(), as: UTF8.self)
            try await metrics.waitUntil("http_requests_in_flight") { $0 == 0 }
        }
        return (answer, deletions.load(ordering: .relaxed) > 0)
    }

    @Test(
        arguments: ["zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n\r\n", "3\r\nabc\r\nzz\r\n"],
        [true, false]
    )
    func aMalformedChunkHasNoEffect(rest: String, isLate: Bool) async throws {
        let (answer, wasDeleted) = try await Self.send(Self.chunked, then: rest, isLate)
        #expect(!wasDeleted)
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"))
    }

    @Test(arguments: [(chunked, "3\r\nab"), (chunked, "3\r\nabc\r\n"), (announced, "abc")])
    func anIncompleteBodyHasNoEffect(head: String, rest: String) async throws {
        let (_, wasDeleted) = try await Self.send(head, then: rest, false, hangsUp: true)
        #expect(!wasDeleted)
    }

    @Test func aMissingBodyHasNoEffect() async throws {
        let deletions = Atomic(0)
        try await withServer {
            $0.bodyGrace = .milliseconds(200)
        } routes: { router in
            router.delete("/thing") { _ in
                deletions.add(1, ordering: .relaxed)
                return .noContent
            }
        } test: { server in
            let client = try RawClient(server)
            client.send(Self.chunked)
            try await client.end()
        }
        #expect(deletions.load(ordering: .relaxed) == 0)
    }

    @Test func rejectsALongUnexpectedBody() async throws {
        let piece = "8000\r\n" + String(repeating: "a", count: 0x8000) + "\r\n"
        let (answer, wasDeleted) = try await Self.send(Self.chunked, then: piece + piece + piece, true)
        #expect(!wasDeleted)
        #expect(answer.hasPrefix("HTTP/1.1 413"))
    }

    @Test(arguments: [
        "DELETE /thing HTTP/1.1\r\nHost: a\r\n\r\n", chunked + "3\r\nabc\r\n0\r\n\r\n",
        "DELETE /thing HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    ])
    func discardsACompleteUnreadBody(request: String) async throws {
        try await withServer { router in
            router.delete("/thing") { _ in .noContent }
        } test: { server in
            let client = try RawClient(server)
            for _ in 0..<2 { #expect(try await client.exchange(request).status == 204) }
        }
    }
}
