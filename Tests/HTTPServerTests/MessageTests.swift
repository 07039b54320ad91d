import JSON
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(10))) struct MessageTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("%e2%82%AC", "\u{20AC}"), ("100%25", "100%"), ("a+b", "a+b"), ("", ""),
        ("%", nil), ("%4", nil), ("%4g", nil), ("%00", nil), ("a\u{0}", nil), ("%C3", nil), ("%ED%A0%80", nil),
        ("%F0%9F%98%80", "\u{1F600}"),
    ])
    func decodesEscapes(text: String, decoded: String?) {
        #expect(PercentEncoding.decode(text) == decoded)
    }

    @Test func readsQueries() throws {
        let query = try QueryParameters(parsing: "a=1&b=x+y%2B&&c&=d&a=2&e=f=g")
        #expect(query.names == ["a", "b", "c", "", "a", "e"])
        #expect(query["b"] == "x y+")
        #expect(query["c"] == "")
        #expect(query["e"] == "f=g")
        #expect(query["z"] == nil)
        #expect(try query.optional("z", as: Int.self) == nil)
        #expect(try query.require("e", as: String.self) == "f=g")
        #expect(throws: Problem.self) { try query.optional("a", as: Int.self) }
        #expect(throws: Problem.self) { try QueryParameters(parsing: "a=%ff") }
    }

    @Test(
        arguments: [
            ("7", 7), ("-7", -7), ("0", 0), ("007", nil), ("00", nil), ("-0", nil), ("+7", nil), ("", nil),
            ("7.0", nil), (" 7", nil), ("2147483648", nil),
            ("\u{0667}", nil), ("0x7", nil),
        ] as [(String, Int32?)]
    )
    func readsIntegers(text: String, value: Int32?) {
        #expect(Int32(pathParameter: text[...]) == value)
    }

    @Test(
        arguments: [
            ("5", 5), ("0.5", 0.5), ("-1e3", -1000), ("nan", nil), ("inf", nil), ("1e999", nil), ("0x1p3", nil),
            ("", nil),
            ("1,5", nil), ("infinity", nil),
        ] as [(String, Double?)]
    )
    func readsDecimals(text: String, value: Double?) {
        #expect(Double(pathParameter: text[...]) == value)
    }

    @Test func writesDates() {
        // RFC 9110, section 5.6.7.
        #expect(HTTPDate.text(secondsSince1970: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(secondsSince1970: 1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
    }

    @Test func findsHeadersInAnyCase() {
        var headers: HTTPHeaders = ["Content-Type": "a", "X-One": "1"]
        headers.add("x-one", "2")
        #expect(headers["content-type"] == "a")
        #expect(headers.values("X-ONE") == ["1", "2"])
        headers["X-one"] = "3"
        #expect(headers.values("x-one") == ["3"])
        headers["x-one"] = nil
        #expect(headers.fields.count == 1)
    }

    @Test(arguments: [
        ("a-b_c.1:/+=", true), ("", false), ("a b", false), ("a\r\nb", false), ("\u{E9}", false), ("{}", false),
        (String(repeating: "a", count: 128), true), (String(repeating: "a", count: 129), false),
    ])
    func acceptsWellFormedRequestIDs(text: String, isTaken: Bool) {
        #expect(RequestID.accept(text) == (isTaken ? text : nil))
    }

    @Test func generatesDistinctRequestIDs() {
        let ids = (0..<1000).map { _ in RequestID.next() }
        #expect(Set(ids).count == 1000)
        #expect(ids.allSatisfy { $0.utf8.count == 24 && RequestID.accept($0) != nil })
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("*", true),
            ("br, gzip ; q=0.1", true),
            ("gzip;q=0", false), ("gzip;q=0.000", false), ("*;q=0", false), ("*, gzip;q=0", false),
            ("gzip, *;q=0", true),
            ("gzipped", false),
        ] as [(String?, Bool)]
    )
    func negotiatesGzip(field: String?, isAccepted: Bool) {
        #expect(ContentCoding.acceptsGzip(field) == isAccepted)
    }

    @Test func tagsContent() {
        // SHA-256 of the empty text and of "abc", FIPS 180-4.
        #expect(EntityTag.strong([]) == "\"e3b0c44298fc1c149afbf4c8996fb9\"")
        #expect(EntityTag.strong(Array("abc".utf8)) == "\"ba7816bf8f01cfea414140de5dae22\"")
        #expect(EntityTag.matches("\"x\" , W/\"y\"", "\"y\""))
        #expect(!EntityTag.matches("\"xy\"", "\"y\""))
        #expect(!EntityTag.matches(nil, "\"y\""))
    }

    @Test func omitsMalformedFieldsFromAnEarlyAnswer() throws {
        let answer = PreparedAnswer(
            status: .badRequest,
            headers: ["X-Good": "1", "X-Bad": "1\r\nX-Evil: 2", "X Bad": "3"],
            body: .bytes([65]),
            closesConnection: true
        )
        let text = String(decoding: try #require(answer.wireBytes(isHead: false)), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\nDate: "))
        #expect(text.hasSuffix("\r\nConnection: close\r\nX-Good: 1\r\nContent-Length: 1\r\n\r\nA"))
    }

    @Test func writesProblems() throws {
        let problem = Problem(
            .badRequest,
            "No.",
            type: "/problems/x",
            title: "X",
            errors: [.pointer("/a/0", "Expected 1."), .header("B", "C.")]
        ) { writer in
            writer.object("schema_errors") { _ in }
        }
        guard case .bytes(let bytes) = problem.response(instance: "id").body else {
            Issue.record("not bytes")
            return
        }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"type":"/problems/x","title":"X","status":400,"detail":"No.","instance":"id","#
                + #""errors":[{"pointer":"/a/0","detail":"Expected 1."},{"header":"B","detail":"C."}],"schema_errors":{}}"#
        )
    }
}
