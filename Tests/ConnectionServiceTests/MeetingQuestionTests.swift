import HTTPServer
import Models
import Presence
import RESTTestSupport
import Testing

@testable import ConnectionService

/// The parameters of all routes about meetings.
@Suite struct MeetingQuestionTests {
    private static let pathsOfPersons = [
        "/api/persons/1/encounters", "/api/persons/1/people", "/api/persons/1/encounters/2/evidence",
    ]
    private static let all = "/api/encounters"
    private static let day = "from=2020-08-15&to=2020-08-16"
    /// Each path with its required parameters, to be followed by further ones.
    private static let targets = pathsOfPersons.map { "\($0)?" } + ["\(all)?\(day)&"]
    private static let radius = "Expected a number of metres from 0 to 10000."
    private static let probability = "Expected a number from 0 to 1."
    private static let gap = "Expected a number of seconds from 0 to 86400."
    private static let moment = "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."

    @Test(arguments: pathsOfPersons)
    func searchesAllTimesByDefault(path: String) async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        #expect(try await APIUnderTest(repository).send(.get, path).status == 200)
        var expected = MeetingRule()
        expected.window = Timestamp.supported.lowerBound.microseconds..<Timestamp.supported.upperBound.microseconds
        #expect(repository.rule == expected)
    }

    @Test(arguments: pathsOfPersons + [all])
    func readsAllParameters(path: String) async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        let query = "from=2020-08-15T12:00:00%2B02:00&to=2020-08-16&distance=2.5&gap=86400&least=90&probability=0.7"
        #expect(try await APIUnderTest(repository).send(.get, "\(path)?\(query)").status == 200)
        var expected = MeetingRule()
        (expected.distance, expected.gap, expected.least, expected.probability) = (2.5, 86_400, 90, 0.7)
        expected.window = 1_597_485_600_000_000..<1_597_536_000_000_000
        #expect(repository.rule == expected)
    }

    @Test(arguments: targets)
    func rejectsLargeDistances(target: String) async throws {
        let api = try APIUnderTest(await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0)))
        #expect(try await api.send(.get, "\(target)distance=100").status == 200)
        let answer = try await api.send(.get, "\(target)distance=100.1")
        #expect(answer.status == 422)
        #expect(try answer.errors == ["distance": ["Expected at most 100 metres."]])
    }

    @Test(arguments: [
        ("distance=-1", "distance", radius), ("distance=10000.1", "distance", radius),
        ("distance=NaN", "distance", radius),
        ("distance=inf", "distance", radius), ("distance=", "distance", radius), ("least=-1", "least", gap),
        ("least=86401", "least", gap), ("least=nan", "least", gap), ("least=1m", "least", gap),
        ("probability=1.1", "probability", probability), ("probability=nan", "probability", probability),
        ("gap=-0.1", "gap", gap), ("gap=86401", "gap", gap), ("gap=Infinity", "gap", gap), ("gap=1e999", "gap", gap),
        ("from=yesterday", "from", moment), ("to=2020-02-30", "to", moment),
        ("from=2020-08-16&to=2020-08-15", "to", "Expected a moment that is not before from."),
        ("least=1&least=2", "least", "Given more than once; expected a number of seconds from 0 to 86400."),
    ])
    func namesTheInvalidParameter(query: String, parameter: String, detail: String) async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        let isOfTime = query.contains("from=") || query.contains("to=")
        let rest = query.contains("from=") ? "to=2020-08-16&" : "from=2020-08-15&"
        let all = Self.all + "?" + (isOfTime ? query.contains("&to") ? "" : rest : Self.day + "&")
        for target in Self.pathsOfPersons.map({ "\($0)?" }) + [all] {
            let answer = try await APIUnderTest(repository).send(.get, target + query)
            #expect(answer.status == 400)
            #expect(try answer.errors == [parameter: [detail]])
        }
        #expect(repository.rule == nil)
    }

    @Test(arguments: [
        ("", ["from", "to"]), ("from=2020-08-15", ["to"]), ("to=2020-08-15", ["from"]), ("distance=1", ["from", "to"]),
    ])
    func requiresATimeRangeForAllMeetings(query: String, missing: [String]) async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        let answer = try await APIUnderTest(repository).send(.get, "\(Self.all)?\(query)")
        #expect(answer.status == 400)
        let expected = "Missing; expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."
        #expect(try answer.errors == Dictionary(uniqueKeysWithValues: missing.map { ($0, [expected]) }))
        #expect(repository.rule == nil)
    }

    @Test func rejectsAllMeetingsOfMoreThanADay() async throws {
        let api = try APIUnderTest(await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0)))
        let answer = try await api.send(.get, "\(Self.all)?from=2020-08-15&to=2020-08-16T00:00:00.000001")
        #expect(answer.status == 400)
        #expect(try answer.errors == ["to": ["Expected a moment that is at most 86400 seconds after from."]])
    }

    @Test(arguments: ["0", "1001", "-1", "x", "1.5"])
    func rejectsInvalidLimits(limit: String) async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        for path in Self.pathsOfPersons {
            let answer = try await APIUnderTest(repository).send(.get, "\(path)?limit=\(limit)")
            #expect(answer.status == 400)
            #expect(try answer.errors == ["limit": ["Expected an integer from 1 to 1000."]])
        }
    }

    @Test(arguments: [
        ("/api/persons/0/encounters", "id", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/x/encounters/2/evidence", "id", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/1/encounters/-2/evidence", "other", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/1/encounters/1/evidence", "other", "Expected a person other than id."),
    ])
    func rejectsInvalidPersonNumbers(path: String, parameter: String, detail: String) async throws {
        let answer = try await APIUnderTest(await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))).send(.get, path)
        #expect(answer.status == 400)
        #expect(try answer.errors == [parameter: [detail]])
    }

    @Test(arguments: [
        "/api/persons/9/encounters", "/api/persons/9/encounters/1/evidence", "/api/persons/1/encounters/9/evidence",
    ])
    func answersNotFoundForUnknownPersons(path: String) async throws {
        let answer = try await APIUnderTest(await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))).send(.get, path)
        #expect(answer.status == 404)
        #expect(try answer.json["detail"]?.string == "No person has this number.")
    }
}
