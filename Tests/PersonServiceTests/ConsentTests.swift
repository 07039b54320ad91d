import HTTPServer
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct ConsentTests {
    @Test func givesNoConsentByDefault() async throws {
        let answer = try await APIUnderTest(InMemoryPersons(["Ada"])).send(.get, "/api/persons/1/consents")
        #expect(answer.status == 200)
        for purpose in ["locate", "meet", "identify", "place", "statistics", "directory", "nudge"] {
            #expect(try answer.json[purpose]?["given"] == .boolean(false))
        }
    }

    @Test func changesOnlyTheNamedPurposes() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        _ = try await api.send(.put, "/api/persons/1/consents", body: #"{"meet": true, "place": true}"#)
        let answer = try await api.send(.put, "/api/persons/1/consents", body: #"{"place": false}"#)
        #expect(answer.status == 200)
        #expect(try answer.json["meet"]?["given"] == .boolean(true))
        #expect(try answer.json["meet"]?["since"]?.string == "1970-01-01T00:00:00")
        #expect(try answer.json["place"]?["given"] == .boolean(false))
    }

    @Test func namesEachInvalidMember() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        let answer = try await api.send(.put, "/api/persons/1/consents", body: #"{"meet": "yes", "fly": true}"#)
        #expect(answer.status == 400)
        #expect(try answer.errors["/meet"] == ["Expected true or false."])
        #expect(try answer.errors["/fly"]?.first?.contains("locate, meet, identify") == true)
        #expect(try await api.send(.put, "/api/persons/1/consents", body: "[]").status == 400)
    }

    @Test func refusesUnknownPersons() async throws {
        let api = try APIUnderTest(InMemoryPersons())
        #expect(try await api.send(.get, "/api/persons/9/consents").status == 404)
        #expect(try await api.send(.put, "/api/persons/9/consents", body: "{}").status == 404)
    }
}
