import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import PersonService

/// Invalid persons: each is answered 400 or 413 with what was expected, and nothing is stored.
@Suite struct BadPersonTests {
    private static let names = #""first_name": "A", "last_name": "B", "company_name": "C""#
    private static let missing = "Missing data for required field."

    @Test(arguments: [
        (#"{}"#, ["first_name": missing, "last_name": missing, "company_name": missing]),
        (#"{"first_name": "A"}"#, ["last_name": missing, "company_name": missing]),
        (
            #"{"first_name": 1, "last_name": null, "company_name": ["C"]}"#,
            [
                "first_name": "Not a valid string.", "last_name": "Not a valid string.",
                "company_name": "Not a valid string.",
            ]
        ),
        (#"{\#(names), "nickname": {"deep": [1, {}]}}"#, ["nickname": "Unknown field."]),
        (#"{\#(names), "a/b~c": 1}"#, ["a/b~c": "Unknown field."]),
        (
            #"{"first_name": "a\u0000b", "last_name": "", "company_name": ""}"#,
            ["first_name": "Not a valid string: it contains a NUL character."]
        ),
        (
            #"{"first_name": "", "last_name": "\#(String(repeating: "🦆", count: 256))", "company_name": ""}"#,
            ["last_name": "Longer than maximum length 255."]
        ),
        (#"[]"#, ["": "Invalid input type: expected an object."]),
        (#""Ada""#, ["": "Invalid input type: expected an object."]),
        (#"null"#, ["": "Invalid input type: expected an object."]),
    ])
    func namesEachInvalidField(body: String, errors: [String: String]) async throws {
        for (method, target) in [(HTTPMethod.post, "/api/persons"), (.put, "/api/persons/1")] {
            let persons = try InMemoryPersons(["Ada"])
            let answer = try await APIUnderTest(persons).send(method, target, body: body)
            #expect(answer.status == 400)
            #expect(answer.headers["Content-Type"] == "application/problem+json")
            let detail = "The body has invalid fields; errors names each of them."
            #expect(try answer.json["detail"]?.string == detail)
            let legacy = errors.map { ($0.isEmpty ? "_schema" : $0, JSONValue.array([.string($1)])) }
            #expect(try answer.json["schema_errors"] == .object(Dictionary(uniqueKeysWithValues: legacy)))
            let pointers = errors.map { field, message in
                (field.isEmpty ? "" : "/" + field.replacing("~", with: "~0").replacing("/", with: "~1"), [message])
            }
            #expect(try answer.errors == Dictionary(uniqueKeysWithValues: pointers))
            #expect(persons.all.map(\.details.firstName) == ["Ada"])
        }
    }

    @Test(arguments: [
        " ", "\\n", "\\t", "Ada\\n", "a\u{7F}", "\u{A0}", "\u{3000}", "\u{2800}", "\u{3164}", "\u{200D}", "\u{200B}",
        "A\u{200B}da",
        "Ada\u{FEFF}", "\u{202E}adA", "\u{2066}Ada\u{2069}", "Ada\u{200F}", "\u{61C}Ada", "Ada\u{2028}", "A\u{AD}da",
        "A\u{2060}da",
        "A\u{E0041}",
    ])
    func rejectsInvisibleNames(name: String) async throws {
        let persons = try InMemoryPersons([])
        let devices = try APIUnderTest(try InMemoryPersons(["Ada"]))
        for field in ["first_name", "last_name", "company_name"] {
            let others = ["first_name", "last_name", "company_name"].filter { $0 != field }
            let members = [(field, name)] + others.map { ($0, "") }
            let body = members.map { #""\#($0)":"\#($1)""# }.joined(separator: ",")
            let answer = try await APIUnderTest(persons).send(.post, "/api/persons", body: "{\(body)}")
            #expect(answer.status == 400)
            #expect(try answer.errors.keys.sorted() == ["/\(field)"])
        }
        let answer = try await devices.send(.post, "/api/persons/1/devices", body: #"{"name":"\#(name)"}"#)
        #expect(answer.status == 400)
        #expect(try answer.errors.keys.sorted() == ["/name"])
        #expect(persons.all.isEmpty)
    }

    @Test(arguments: [
        "", "Ada", "د\u{200C}ا", "👩\u{200D}💻", "J\u{F6}rg M.", "李", "O'Neil \\u0022x\\u0022", "❤\u{FE0F}",
    ])
    func acceptsVisibleNames(name: String) async throws {
        let body = #"{"first_name":"\#(name)","last_name":"B","company_name":"\#(name)"}"#
        #expect(try await APIUnderTest(InMemoryPersons()).send(.post, "/api/persons", body: body).status == 200)
    }

    @Test func answersLikeTheLegacyAPIByteForByte() async throws {
        let answer = try await APIUnderTest(InMemoryPersons()).send(
            .post,
            "/api/persons",
            body: #"{"first_name": 1, "last_name": "B", "company_name": "C"}"#
        )
        #expect(
            answer.text == #"{"type":"about:blank","title":"Bad Request","status":400,"#
                + #""detail":"The body has invalid fields; errors names each of them.","instance":"test","#
                + #""errors":[{"pointer":"/first_name","detail":"Not a valid string."}],"#
                + #""schema_errors":{"first_name":["Not a valid string."]}}"#
        )
    }

    @Test(arguments: [
        ("", "malformed JSON at byte 0: the text ends inside a value"),
        ("{", "malformed JSON at byte 1: the text ends inside a value"),
        ("{'a': 1}", "malformed JSON at byte 1: this character cannot stand here"),
        ("{\(names),}", "malformed JSON at byte 58: this character cannot stand here"),
        ("{\(names)} {}", "malformed JSON at byte 59: there is text behind the value"),
        (#"{"first_name": NaN}"#, "malformed JSON at byte 15: this character cannot stand here"),
        (#"{"first_name": 01}"#, "malformed JSON at byte 16: this is not a JSON number"),
        (#"{"first_name": "\ud800"}"#, "malformed JSON at byte 16: this escape does not exist in JSON"),
        (#"{"first_name": "\x"}"#, "malformed JSON at byte 16: this escape does not exist in JSON"),
        (
            "{\"x\": \(String(repeating: "[", count: 100))",
            "malformed JSON at byte 37: objects and arrays are nested too deeply"
        ),
        (
            "{\"first_name\": \"a\nb\"}",
            "malformed JSON at byte 17: this string is not UTF-8 or holds a bare control character"
        ),
    ])
    func locatesSyntaxErrors(body: String, reason: String) async throws {
        let answer = try await APIUnderTest(InMemoryPersons()).send(.post, "/api/persons", body: body)
        #expect(answer.status == 400)
        #expect(try answer.json["detail"]?.string == "The body is not the JSON that was expected: \(reason).")
    }

    @Test func rejectsInvalidUTF8() async throws {
        let body = Array(#"{"first_name": ""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        let answer = try await APIUnderTest(InMemoryPersons()).send(.post, "/api/persons", body: body)
        #expect(answer.status == 400)
        #expect(try answer.json["detail"]?.string?.contains("this string is not UTF-8") == true)
    }

    @Test func limitsBodiesTo64KiB() async throws {
        let api = try APIUnderTest(InMemoryPersons())
        let body = "{\(Self.names)}"
        let padding = String(repeating: " ", count: 65_536 - body.utf8.count)
        #expect(try await api.send(.post, "/api/persons", body: body + padding).status == 200)
        let answer = try await api.send(.post, "/api/persons", body: body + padding + " ")
        #expect(answer.status == 413)
        #expect(try answer.json["detail"]?.string == "The body is larger than the 65536 bytes that are taken here.")
    }

    @Test(arguments: [
        "0", "-1", "2147483648", "9223372036854775808", "99999999999999999999999", "abc", "1.0", "1e0", "+1", "%201",
        "0x1",
        "%EF%BC%91", "1;drop",
    ])
    func rejectsInvalidPersonNumbers(id: String) async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        for method in [HTTPMethod.get, .put, .delete] {
            let answer = try await api.send(method, "/api/persons/\(id)", body: "{\(Self.names)}")
            #expect(answer.status == 400)
            #expect(try answer.errors == ["id": ["Expected an integer from 1 to 2147483647."]])
        }
    }
}
