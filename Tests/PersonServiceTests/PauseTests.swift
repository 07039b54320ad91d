import HTTPServer
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct PauseTests {
    private static let path = "/api/persons/1/pause"

    @Test func pausesUntilThePersonEndsIt() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        #expect(try await api.send(.get, Self.path).text == #"{"paused":false}"#)
        let answer = try await api.send(.put, Self.path, body: "{}")
        #expect(answer.text == #"{"paused":true,"since":"1970-01-01T00:00:00"}"#)
        #expect(try await api.send(.get, Self.path).text == answer.text)
        #expect(try await api.send(.delete, Self.path).status == 204)
        #expect(try await api.send(.get, Self.path).text == #"{"paused":false}"#)
        #expect(try await api.send(.delete, Self.path).status == 204)
    }

    @Test func pausesForMinutesAndForgetsThePast() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        let forgotten = try await api.send(.put, Self.path, body: #"{"minutes": 0, "past_minutes": 30}"#)
        #expect(forgotten.text == #"{"paused":false,"removed":30}"#)
        let paused = try await api.send(.put, Self.path, body: #"{"minutes": 60, "past_minutes": 5}"#)
        #expect(try paused.json["until"]?.string == "1970-01-01T01:00:00")
        #expect(try paused.json["removed"]?.number == 5)
    }

    @Test(arguments: [
        (#"{"minutes": 0}"#, "/minutes"), (#"{"minutes": -1}"#, "/minutes"), (#"{"minutes": 10081}"#, "/minutes"),
        (#"{"minutes": 1.5}"#, "/minutes"), (#"{"past_minutes": 0}"#, "/past_minutes"),
        (#"{"past_minutes": 1441}"#, "/past_minutes"), (#"{"past_minutes": "1"}"#, "/past_minutes"),
        (#"{"hours": 1}"#, "/hours"), ("[]", ""),
    ])
    func namesTheInvalidField(body: String, pointer: String) async throws {
        let answer = try await APIUnderTest(InMemoryPersons(["Ada"])).send(.put, Self.path, body: body)
        #expect(answer.status == 400)
        #expect(try Array(answer.errors.keys) == [pointer])
    }

    @Test func refusesUnknownPersons() async throws {
        let api = try APIUnderTest(InMemoryPersons())
        #expect(try await api.send(.get, "/api/persons/9/pause").status == 404)
        #expect(try await api.send(.put, "/api/persons/9/pause", body: "{}").status == 404)
        let forgetting = #"{"minutes": 0, "past_minutes": 1}"#
        #expect(try await api.send(.put, "/api/persons/9/pause", body: forgetting).status == 404)
        #expect(try await api.send(.delete, "/api/persons/9/pause").status == 404)
    }
}
