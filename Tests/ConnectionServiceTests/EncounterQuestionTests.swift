import HTTPServer
import Models
import Proximity
import RESTTestSupport
import Testing

@testable import ConnectionService

/// What all routes about meetings take.
@Suite struct EncounterQuestionTests {
    private static let pathsOfPersons = ["/api/persons/1/encounters", "/api/persons/1/encounters/2/evidence"]
    private static let everybodys = "/api/encounters"
    private static let day = "from=2020-08-15&to=2020-08-16"
    /// Each path with what it requires, to be followed by further parameters.
    private static let targets = pathsOfPersons.map { "\($0)?" } + ["\(everybodys)?\(day)&"]
    private static let radius = "Expected a number of metres from 0 to 10000."
    private static let within = "Expected a number of seconds from 0 to 3600."
    private static let gap = "Expected a number of seconds from 0 to 86400."
    private static let shortGap = "Expected a number of seconds that is not less than within."
    private static let moment = "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."

    @Test(arguments: pathsOfPersons)
    func asksForMeetingsOfAllTimesByDefault(path: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        #expect(try await APIUnderTest(repository).send(.get, path).status == 200)
        #expect(repository.rule == .standard)
        #expect(repository.window?.start == Timestamp.supported.lowerBound)
        #expect(repository.window?.end == Timestamp.supported.upperBound)
    }

    @Test(arguments: pathsOfPersons + [everybodys])
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
        #expect(try await APIUnderTest(repository).send(.get, "\(path)?\(Self.day)&within=3600").status == 200)
        #expect(repository.rule?.gap.microseconds == 3_600_000_000)
    }

    @Test(arguments: targets)
    func leavesDoubtfulLocationsOutUnlessTheyAreAskedFor(target: String) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        var strict = Plausibility()
        strict.includesMocks = false
        let api = try APIUnderTest(repository, plausibility: strict)
        for (query, expected) in [("", strict), ("doubtful=false", strict), ("doubtful=true", .everything)] {
            #expect(try await api.send(.get, target + query).status == 200)
            #expect(repository.rule?.plausibility == expected)
        }
        let answer = try await api.send(.get, "\(target)doubtful=maybe")
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
        let isOfTime = query.contains("from=") || query.contains("to=")
        let rest = query.contains("from=") ? "to=2020-08-16&" : "from=2020-08-15&"
        let everybodys = Self.everybodys + "?" + (isOfTime ? query.contains("&to") ? "" : rest : Self.day + "&")
        for target in Self.pathsOfPersons.map({ "\($0)?" }) + [everybodys] {
            let answer = try await APIUnderTest(repository).send(.get, target + query)
            #expect(answer.status == 400)
            #expect(try answer.errors == [parameter: [detail]])
        }
        #expect(repository.rule == nil)
    }

    @Test(arguments: [
        ("", ["from", "to"]), ("from=2020-08-15", ["to"]), ("to=2020-08-15", ["from"]), ("distance=1", ["from", "to"]),
    ])
    func requiresATimeForEverybodysMeetings(query: String, missing: [String]) async throws {
        let repository = try InMemoryEncounters(meeting(of: 1, and: 2, at: 0))
        let answer = try await APIUnderTest(repository).send(.get, "\(Self.everybodys)?\(query)")
        #expect(answer.status == 400)
        let expected = "Missing; expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."
        #expect(try answer.errors == Dictionary(uniqueKeysWithValues: missing.map { ($0, [expected]) }))
        #expect(repository.rule == nil)
    }

    @Test func refusesEverybodysMeetingsOfMoreThanADay() async throws {
        let api = try APIUnderTest(InMemoryEncounters(meeting(of: 1, and: 2, at: 0)))
        let answer = try await api.send(.get, "\(Self.everybodys)?from=2020-08-15&to=2020-08-16T00:00:00.000001")
        #expect(answer.status == 400)
        #expect(try answer.errors == ["to": ["Expected a moment that is at most 86400 seconds behind from."]])
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
