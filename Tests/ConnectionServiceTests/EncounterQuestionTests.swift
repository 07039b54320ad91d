import HTTPServer
import Models
import Proximity
import RESTTestSupport
import Testing

@testable import ConnectionService

/// What all routes about meetings take.
@Suite struct EncounterQuestionTests {
    private static let paths = [
        "/api/persons/1/encounters", "/api/encounters", "/api/persons/1/encounters/2/evidence",
    ]
    private static let radius = "Expected a number of metres from 0 to 10000."
    private static let within = "Expected a number of seconds from 0 to 3600."
    private static let gap = "Expected a number of seconds from 0 to 86400."
    private static let shortGap = "Expected a number of seconds that is not less than within."
    private static let moment = "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."

    @Test(arguments: paths)
    func asksForMeetingsOfAllTimesByDefault(path: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        #expect(try await APIUnderTest(repository).send(.get, path).status == 200)
        #expect(repository.rule == .standard)
        #expect(repository.window?.start == Timestamp.supported.lowerBound)
        #expect(repository.window?.end == Timestamp.supported.upperBound)
    }

    @Test(arguments: paths)
    func takesWhatIsAsked(path: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        let query = "from=2020-08-15T12:00:00%2B02:00&to=2020-08-16&distance=2.5&within=1.5&gap=86400"
        #expect(try await APIUnderTest(repository).send(.get, "\(path)?\(query)").status == 200)
        #expect(repository.window?.start.description == "2020-08-15T10:00:00")
        #expect(repository.window?.end.description == "2020-08-16T00:00:00")
        #expect(repository.rule?.radius.metres == 2.5)
        #expect(repository.rule?.within.microseconds == 1_500_000)
        #expect(repository.rule?.gap.microseconds == 86_400_000_000)
        // Whoever asks for a long time apart need not say that the gap is as long.
        #expect(try await APIUnderTest(repository).send(.get, "\(path)?within=3600").status == 200)
        #expect(repository.rule?.gap.microseconds == 3_600_000_000)
    }

    @Test(arguments: paths)
    func leavesDoubtfulLocationsOutUnlessTheyAreAskedFor(path: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        var strict = Plausibility()
        strict.includesMocks = false
        let api = try APIUnderTest(repository, plausibility: strict)
        for (query, expected) in [("", strict), ("?doubtful=false", strict), ("?doubtful=true", .everything)] {
            #expect(try await api.send(.get, "\(path)\(query)").status == 200)
            #expect(repository.rule?.plausibility == expected)
        }
        let answer = try await api.send(.get, "\(path)?doubtful=maybe")
        #expect(answer.status == 400)
        #expect(try answer.errors == ["doubtful": ["Expected true or false."]])
    }

    @Test(arguments: [
        ("distance=-1", "distance", radius), ("distance=10000.1", "distance", radius),
        ("distance=NaN", "distance", radius),
        ("distance=inf", "distance", radius), ("distance=", "distance", radius), ("within=-1", "within", within),
        ("within=3600.1", "within", within), ("within=nan", "within", within), ("within=1m", "within", within),
        ("gap=-0.1", "gap", gap), ("gap=86401", "gap", gap), ("gap=Infinity", "gap", gap), ("gap=1e999", "gap", gap),
        ("within=60&gap=59.9", "gap", shortGap), ("gap=10", "gap", shortGap), ("within=3600&gap=300", "gap", shortGap),
        ("from=yesterday", "from", moment), ("to=2020-02-30", "to", moment),
        ("from=2020-08-16&to=2020-08-15", "to", "Expected a moment that is not before from."),
        ("within=1&within=2", "within", "Given more than once; expected a number of seconds from 0 to 3600."),
    ])
    func namesTheParameterThatIsWrong(query: String, parameter: String, detail: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        for path in Self.paths {
            let answer = try await APIUnderTest(repository).send(.get, "\(path)?\(query)")
            #expect(answer.status == 400)
            #expect(try answer.errors == [parameter: [detail]])
        }
        #expect(repository.rule == nil)
    }

    @Test(arguments: ["0", "1001", "-1", "x", "1.5"])
    func namesALimitThatIsNone(limit: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        for path in ["/api/persons/1/encounters", "/api/persons/1/encounters/2/evidence"] {
            let answer = try await APIUnderTest(repository).send(.get, "\(path)?limit=\(limit)")
            #expect(answer.status == 400)
            #expect(try answer.errors == ["limit": ["Expected an integer from 1 to 1000."]])
        }
    }

    @Test(arguments: [
        ("/api/persons/0/encounters", "id", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/x/encounters/2/evidence", "id", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/1/encounters/-2/evidence", "other", "Expected an integer from 1 to 2147483647."),
        ("/api/persons/1/encounters/1/evidence", "other", "Expected another person than id."),
    ])
    func namesANumberThatIsNoPersons(path: String, parameter: String, detail: String) async throws {
        let answer = try await APIUnderTest(InMemoryEncounters(meeting(of: 1, and: 2, at: 0))).send(.get, path)
        #expect(answer.status == 400)
        #expect(try answer.errors == [parameter: [detail]])
    }

    @Test(arguments: [
        "/api/persons/9/encounters", "/api/persons/9/encounters/1/evidence", "/api/persons/1/encounters/9/evidence",
    ])
    func saysThatThereIsNoSuchPerson(path: String) async throws {
        let answer = try await APIUnderTest(InMemoryEncounters(meeting(of: 1, and: 2, at: 0))).send(.get, path)
        #expect(answer.status == 404)
        #expect(try answer.json["detail"]?.string == "There is no person of this number.")
    }
}
