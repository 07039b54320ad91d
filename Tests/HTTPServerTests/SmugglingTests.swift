import CMicroHTTPD
import HTTPServer
import RESTTestSupport
import Testing

/// Since version 1.0, libmicrohttpd itself rejects more requests, with 400 or by closing the connection.
private let isStrictByItself = MHD_VERSION >= 0x0100_0000

/// Heads that libmicrohttpd accepts but a proxy may read differently.
@Suite(.timeLimit(.minutes(10))) struct SmugglingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let head: String
        let status: Int

        var testDescription: String { name }
    }

    static let refused = [
        Case(
            name: "length and coding",
            head: "Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            status: 400
        ),
        Case(
            name: "coding and length",
            head: "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            status: 400
        ),
        Case(name: "two lengths", head: "Host: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n", status: 400),
        Case(name: "two hosts", head: "Host: a\r\nHost: b\r\n", status: 400),
        Case(name: "the same host twice", head: "Host: a\r\nHost: a\r\n", status: 400),
        Case(name: "folded field", head: "Host: a\r\nX-A: 1\r\n 2\r\nX-B: 3\r\n", status: 400),
        Case(name: "folded last field", head: "Host: a\r\nX-A: 1\r\n\t2\r\n", status: 400),
        Case(name: "folded first field", head: " X-A: 1\r\nHost: a\r\n", status: 400),
        Case(name: "folded length", head: "Host: a\r\nContent-Length: 4\r\n 0\r\n", status: 400),
        Case(name: "NUL in a value", head: "Host: a\r\nX-A: 1\u{0}2\r\nX-B: 3\r\n", status: 400),
        Case(name: "NUL at the end of a value", head: "Host: a\r\nX-A: 1\u{0}\r\nX-B: 3\r\n", status: 400),
        Case(name: "NUL in the last value", head: "Host: a\r\nX-A: 1\u{0}X-B: 3\r\n", status: 400),
        Case(
            name: "two NULs as a hidden line end",
            head: "Host: a\r\nX-A: 1\u{0}\u{0}X-B: 3\r\nX-C: 1\r\n",
            status: 400
        ),
        Case(name: "NUL in a name", head: "Host: a\r\nX\u{0}A: 1\r\n", status: 400),
        Case(name: "bare CR in a value", head: "Host: a\r\nX-A: 1\rX-B: 2\r\n", status: 400),
        Case(name: "space in a name", head: "Host: a\r\nX A: 1\r\n", status: 400),
        Case(name: "space before the colon", head: "Host: a\r\nContent-Length : 4\r\n", status: 400),
        Case(name: "empty name", head: "Host: a\r\n: 1\r\n", status: 400),
        Case(name: "no host", head: "X-A: 1\r\n", status: 400),
        Case(name: "signed length", head: "Host: a\r\nContent-Length: +4\r\n", status: 400),
        Case(name: "list of lengths", head: "Host: a\r\nContent-Length: 4, 4\r\n", status: 400),
        Case(
            name: "unknown coding",
            head: "Host: a\r\nTransfer-Encoding: xchunked\r\n",
            status: isStrictByItself ? 400 : 501
        ),
        Case(
            name: "list of codings",
            head: "Host: a\r\nTransfer-Encoding: chunked, identity\r\n",
            status: isStrictByItself ? 400 : 501
        ),
        Case(
            name: "two codings",
            head: "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            status: 501
        ),
    ]

    @Test(arguments: refused)
    func rejectsAndClosesTheConnection(_ refused: Case) async throws {
        try await withServer { router in
            router.post("/") { request in .bytes(try await request.body.collect(upTo: 100), contentType: "text/plain") }
        } test: { server in
            let client = try RawClient(server)
            client.send("POST / HTTP/1.1\r\n\(refused.head)\r\n1234GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == refused.status)
            let rest = String(decoding: try await client.end(), as: UTF8.self)
            #expect(!rest.contains("HTTP/1.1"), "a second request was answered")
        }
    }

    @Test(arguments: (isStrictByItself ? [] : ["/a\u{0}b"]) + ["/a\u{1}b", "/a\u{7F}b"])
    func rejectsControlCharactersInTheTarget(target: String) async throws {
        try await withServer { router in
            router.get("/{rest...}") { _ in .text("taken") }
        } test: { server in
            let client = try RawClient(server)
            client.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 400)
            try await client.end()
        }
    }

    @Test(arguments: [
        "Host: a\r\n", "Host:a\r\nX-A:\r\n", "Host: a\r\nX-A:   padded \t \r\n",
        "Host: a\nX-A: 1\n", "Host: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n", "host: a\r\nX-\u{E9}: 1\r\n",
    ])
    func acceptsHarmlessHeads(head: String) async throws {
        try await withServer { router in
            router.get("/") { request in .text(request.headers["x-a"] ?? "none") }
        } test: { server in
            let client = try RawClient(server)
            let isASCII = head.utf8.allSatisfy { $0 < 0x80 }
            let hasBareLineFeed = head.contains("a\n")
            let response = try await client.exchange("GET / HTTP/1.1\r\n\(head)\r\n")
            #expect(response.status == (isASCII && !(isStrictByItself && hasBareLineFeed) ? 200 : 400))
        }
    }

    @Test func removesTheHostOfAnAbsoluteTarget() async throws {
        try await withServer { router in
            router.get("/things") { request in .text(request.query["a"] ?? "none") }
        } test: { server in
            let response = try await RawClient(server).exchange("GET http://b/things?a=1 HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.text == "1")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505), ("GET / HTTP/0.9\r\n\r\n", 505), ("GET /\r\n\r\n", 400),
        ("GET /" + String(repeating: "a", count: 100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("GET / HTTP/1.1\r\nHost: a\r\nX-A: " + String(repeating: "a", count: 100_000) + "\r\n\r\n", 431),
        ("GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X-A: 1\r\n", count: 5000) + "\r\n", 431),
    ])
    func rejectsRequestsThatAreTooLongOrTooOld(request: String, status: Int) async throws {
        try await withServer { router in
            router.get("/") { _ in .text("taken") }
        } test: { server in
            let client = try RawClient(server)
            client.send(request)
            #expect(try await client.response().status == status)
        }
    }
}
