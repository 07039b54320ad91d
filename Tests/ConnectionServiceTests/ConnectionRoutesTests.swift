import HTTPServer
import Models
import Postgres
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct ConnectionRoutesTests {
    private static let path = "/api/persons/1/connection"
    private static let days = "start_date=2020-01-01&end_date=2020-12-30"
    private static let radius = "Expected a number of metres from 0 to 10000."
    private static let day = "Expected a day of the calendar as YYYY-MM-DD."

    @Test func describesExactlyTheRoutes() async throws {
        let api = try await APIUnderTest(InMemoryLocations())
        #expect(api.description.operations == api.operations)
        #expect(api.operations.contains("GET /api/persons/{id}/connection"))
    }

    @Test func answersLikeTheLegacyAPI() async throws {
        let found = [
            try connection(location(29, person: 5)),
            try connection(
                location(4_294_968_129, person: 6, latitude: 375_534_410, longitude: -1_222_905_240, after: 1)
            ),
        ]
        let locations = InMemoryLocations(connections: found)
        let answer = try await APIUnderTest(locations).send(.get, "\(Self.path)?\(Self.days)&distance=5")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(
            answer.text == #"[{"location":{"id":29,"person_id":5,"longitude":"35.058","latitude":"-10.65721","#
                + #""creation_time":"2020-08-15T10:37:06"},"#
                + #""person":{"id":5,"first_name":"Taco","last_name":"Fargo","company_name":"Alpha & Ω"}},"#
                + #"{"location":{"id":4294968129,"person_id":6,"longitude":"-122.290524","latitude":"37.553441","#
                + #""creation_time":"2020-08-15T10:37:06.000001"},"#
                + #""person":{"id":6,"first_name":"Taco","last_name":"Fargo","company_name":"Alpha & Ω"}}]"#
        )
    }

    @Test func answersAnEmptyArrayWithoutContacts() async throws {
        let answer = try await APIUnderTest(InMemoryLocations()).send(.get, "\(Self.path)?\(Self.days)")
        #expect(answer.text == "[]")
    }

    @Test func streamsManyConnections() async throws {
        let found = try (1...2_500).map { try connection(location(Int64($0), person: 2)) }
        for count in [999, 1_000, 1_001, 2_000, 2_500] {
            let locations = InMemoryLocations(connections: Array(found.prefix(count)))
            let answer = try await APIUnderTest(locations).send(.get, "\(Self.path)?\(Self.days)")
            let ids = try answer.json.elements?.compactMap { $0["location"]?["id"]?.number }
            #expect(ids == (1...count).map(Double.init))
        }
    }

    @Test func includesBothDays() async throws {
        let locations = InMemoryLocations()
        _ = try await APIUnderTest(locations).send(.get, "\(Self.path)?start_date=2020-08-15&end_date=2020-08-15")
        let midnight: Int64 = 1_597_449_600_000_000
        #expect(locations.question.window?.start.microseconds == midnight)
        #expect(locations.question.window?.end.microseconds == midnight + 86_400_000_000)
    }

    @Test(arguments: [
        ("", 5), ("&distance=0", 0), ("&distance=2.5", 2.5), ("&distance=1e3", 1_000), ("&distance=10000", 10_000),
        ("&distance=-0", 0), ("&distance=.5", 0.5),
    ])
    func readsADistanceInMetres(parameter: String, metres: Double) async throws {
        let locations = InMemoryLocations()
        let answer = try await APIUnderTest(locations).send(.get, "\(Self.path)?\(Self.days)\(parameter)")
        #expect(answer.status == 200)
        #expect(locations.question.radius?.metres == metres)
    }

    @Test(
        arguments: [("", nil), ("&within=0", 0), ("&within=60", 60_000_000), ("&within=1.5", 1_500_000)]
            as [(String, Int64?)]
    )
    func readsATimeApartInSeconds(parameter: String, microseconds: Int64?) async throws {
        let locations = InMemoryLocations()
        let answer = try await APIUnderTest(locations).send(.get, "\(Self.path)?\(Self.days)\(parameter)")
        #expect(answer.status == 200)
        #expect(locations.question.radius?.metres == 5)
        #expect(locations.question.within == microseconds)
    }

    @Test(arguments: [
        ("\(days)&within=-1", "within", "Expected a number of seconds from 0 to 3600."),
        ("\(days)&within=3601", "within", "Expected a number of seconds from 0 to 3600."),
        ("\(days)&within=NaN", "within", "Expected a number of seconds from 0 to 3600."),
        ("\(days)&distance=-1", "distance", radius), ("\(days)&distance=-0.001", "distance", radius),
        ("\(days)&distance=10001", "distance", radius), ("\(days)&distance=10000.000001", "distance", radius),
        ("\(days)&distance=NaN", "distance", radius), ("\(days)&distance=inf", "distance", radius),
        ("\(days)&distance=1e999", "distance", radius), ("\(days)&distance=five", "distance", radius),
        ("\(days)&distance=", "distance", radius), ("\(days)&distance=0x10", "distance", radius),
        (
            "\(days)&distance=5&distance=6", "distance",
            "Given more than once; expected a number of metres from 0 to 10000."
        ),
        ("start_date=2020-02-30&end_date=2020-12-30", "start_date", day),
        ("start_date=2021-02-29&end_date=2021-12-30", "start_date", day),
        ("start_date=2020-01-01&end_date=2020-13-01", "end_date", day),
        ("start_date=2020-01-01&end_date=2020-1-1", "end_date", day),
        ("start_date=0000-01-01&end_date=2020-01-01", "start_date", day),
        ("start_date=2020-01-01T00:00:00&end_date=2020-01-02", "start_date", day),
        ("start_date=&end_date=2020-01-02", "start_date", day),
        ("end_date=2020-01-02", "start_date", "Missing; expected a day of the calendar as YYYY-MM-DD."),
        ("start_date=2020-01-02", "end_date", "Missing; expected a day of the calendar as YYYY-MM-DD."),
        ("", "start_date", "Missing; expected a day of the calendar as YYYY-MM-DD."),
        ("start_date=2020-01-02&end_date=2020-01-01", "end_date", "Expected a day that is not before start_date."),
    ])
    func namesTheInvalidParameter(query: String, parameter: String, detail: String) async throws {
        let locations = InMemoryLocations()
        let answer = try await APIUnderTest(locations).send(.get, "\(Self.path)?\(query)")
        #expect(answer.status == 400)
        #expect(try answer.errors == [parameter: [detail]])
        #expect(locations.question == InMemoryLocations.Question())
    }

    @Test(arguments: ["0", "-1", "2147483648", "abc", "1.0", "NaN"])
    func rejectsInvalidPersonNumbers(id: String) async throws {
        let api = try await APIUnderTest(InMemoryLocations())
        for target in ["/api/persons/\(id)/connection?\(Self.days)", "/api/persons/\(id)/locations"] {
            let answer = try await api.send(.get, target)
            #expect(answer.status == 400)
            #expect(try answer.errors == ["id": ["Expected an integer from 1 to 2147483647."]])
        }
    }

    @Test(arguments: ["/api/persons/2/connection?\(days)", "/api/persons/2147483647/locations"])
    func answersNotFoundForUnknownPersons(target: String) async throws {
        let answer = try await APIUnderTest(InMemoryLocations()).send(.get, target)
        #expect(answer.status == 404)
        #expect(try answer.json["detail"]?.string == "No person has this number.")
    }

    @Test func readsALocation() async throws {
        let api = try await APIUnderTest(InMemoryLocations([try location(29, after: 250_000)]))
        let answer = try await api.send(.get, "/api/locations/29")
        #expect(
            answer.text == #"{"id":29,"person_id":1,"longitude":"35.058","latitude":"-10.65721","#
                + #""creation_time":"2020-08-15T10:37:06.250000"}"#
        )
        #expect(try await api.send(.get, "/api/locations/9007199254740991").status == 404)
    }

    @Test(arguments: ["0", "-1", "9007199254740992", "9223372036854775808", "x", "1e3"])
    func rejectsInvalidLocationNumbers(id: String) async throws {
        let answer = try await APIUnderTest(InMemoryLocations()).send(.get, "/api/locations/\(id)")
        #expect(answer.status == 400)
        #expect(try answer.errors == ["id": ["Expected an integer from 1 to 9007199254740991."]])
    }

    @Test(arguments: ["/api/persons/1/connection?\(days)", "/api/persons/1/locations", "/api/locations/1"])
    func answersUnavailableWithoutTheDatabase(target: String) async throws {
        let away = PostgresError(.acquireTimeout, "Every connection is in use.")
        let answer = try await APIUnderTest(InMemoryLocations(failure: away)).send(.get, target)
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "1")
    }
}
