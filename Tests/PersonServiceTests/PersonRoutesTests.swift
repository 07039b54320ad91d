import HTTPServer
import Models
import Postgres
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct PersonRoutesTests {
    private static let ada = #"{"first_name": "Ada", "last_name": "Lovelace", "company_name": "Analytical Engines"}"#

    @Test func describesExactlyTheRoutes() throws {
        let api = try APIUnderTest(InMemoryPersons())
        #expect(api.description.operations == api.operations)
        #expect(api.operations.contains("DELETE /api/persons/{id}"))
    }

    @Test func answersLikeTheLegacyAPI() async throws {
        let api = try APIUnderTest(InMemoryPersons())
        #expect(try await api.send(.get, "/api/persons").text == "[]")
        let created = try await api.send(.post, "/api/persons", body: Self.ada)
        let person = #"{"id":1,"first_name":"Ada","last_name":"Lovelace","company_name":"Analytical Engines"}"#
        #expect(created.status == 200)
        #expect(created.text == person)
        #expect(created.headers["Location"] == "/api/persons/1")
        #expect(created.headers["Content-Type"] == "application/json")
        #expect(try await api.send(.get, "/api/persons").text == "[\(person)]")
        #expect(try await api.send(.get, "/api/persons/1").text == person)
    }

    @Test func ignoresAnIDInTheBody() async throws {
        let persons = try InMemoryPersons(["Ada", "Bo"])
        let api = try APIUnderTest(persons)
        let body = #"{"id": 2, "first_name": "Cy", "last_name": "", "company_name": ""}"#
        #expect(try await api.send(.post, "/api/persons", body: body).json["id"]?.number == 3)
        #expect(try await api.send(.put, "/api/persons/1", body: body).json["id"]?.number == 1)
        #expect(persons.all.map(\.details.firstName) == ["Cy", "Bo", "Cy"])
    }

    @Test(arguments: ["Zoë", "Ω🛰️👩‍👩‍👧‍👦", "名前", "O'Neil \"the\\one\"", String(repeating: "🦆", count: 255)])
    func keepsNamesUnchanged(name: String) async throws {
        let persons = try InMemoryPersons()
        let api = try APIUnderTest(persons)
        let body =
            Array(#"{"first_name": ""#.utf8) + Self.escaped(name)
            + Array(#"", "last_name": "", "company_name": ""}"#.utf8)
        let answer = try await api.send(.post, "/api/persons", body: body)
        #expect(answer.status == 200)
        #expect(persons.all.first?.details.firstName == name)
        #expect(try answer.json["first_name"]?.string == name)
    }

    @Test func replacesAndErases() async throws {
        let persons = try InMemoryPersons(["Ada"])
        let api = try APIUnderTest(persons)
        let replaced = try await api.send(.put, "/api/persons/1", body: Self.ada)
        #expect(
            replaced.text == #"{"id":1,"first_name":"Ada","last_name":"Lovelace","company_name":"Analytical Engines"}"#
        )
        let erased = try await api.send(.delete, "/api/persons/1")
        #expect(erased.status == 204)
        #expect(erased.bytes.isEmpty)
        #expect(persons.all.isEmpty)
    }

    @Test func leadsToAReceiptOfAnErasure() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada", "Bob"]))
        let path = try #require(try await api.send(.delete, "/api/persons/1").headers["Location"])
        let receipt = try await api.send(.get, path).json
        #expect(receipt["erased_at"]?.string == "2026-05-04T10:00:00")
        #expect(receipt["erased"]?["locations"]?.number == 7)
        let remains = try #require(receipt["remains"]?.elements)
        #expect(remains.compactMap { $0["where"]?.string }.prefix(3) == ["queue", "backups", "audit"])
        #expect(remains.compactMap { $0["until"]?.string }.prefix(2) == ["2026-05-05T10:00:00", "2026-05-06T10:00:00"])
        // Each erasure has its own code, which cannot be guessed.
        #expect(try await api.send(.delete, "/api/persons/2").headers["Location"] != path)
        #expect(try await api.send(.get, "/api/erasures/\(String(repeating: "0", count: 26))").status == 404)
        #expect(try await api.send(.get, "/api/erasures/1").status == 400)
    }

    @Test(arguments: [("GET", ""), ("PUT", ada), ("DELETE", "")])
    func answersNotFoundForUnknownPersons(method: String, body: String) async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        let answer = try await api.send(HTTPMethod(rawValue: method), "/api/persons/2", body: body)
        #expect(answer.status == 404)
        #expect(try answer.json["detail"]?.string == "No person has this number.")
    }

    @Test func listsTheMethodsOfAPath() async throws {
        let api = try APIUnderTest(InMemoryPersons())
        let answer = try await api.send(.patch, "/api/persons")
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS")
    }

    @Test(arguments: ["GET", "POST", "PUT", "DELETE"])
    func answersUnavailableWithoutTheDatabase(method: String) async throws {
        let api = try APIUnderTest(
            InMemoryPersons(failure: PostgresError(.connectionFailed, "The server is unreachable."))
        )
        let target = method == "POST" ? "/api/persons" : "/api/persons/1"
        for target in [target, method == "GET" ? "/api/persons" : target] {
            let answer = try await api.send(HTTPMethod(rawValue: method), target, body: Self.ada)
            #expect(answer.status == 503)
            #expect(answer.headers["Retry-After"] == "1")
            #expect(!answer.text.contains("The server is unreachable"))
        }
    }

    /// Text as the inside of a JSON string.
    private static func escaped(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar -> [UInt8] in
            switch scalar {
            case "\"", "\\": Array("\\\(scalar)".utf8)
            case _ where scalar.value < 0x20:
                Array(("\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)).utf8)
            default: Array(String(scalar).utf8)
            }
        }
    }
}
