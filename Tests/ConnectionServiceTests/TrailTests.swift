import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct TrailTests {
    private static let path = "/api/persons/1/locations"

    @Test(arguments: [
        nil, "application/json", "*/*", "application/*", "application/json;q=0.9, application/geo+json;q=0.1",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "",
    ])
    func writesAnArrayByDefault(accept: String?) async throws {
        let api = try await APIUnderTest(InMemoryLocations([try location(29)]))
        var headers: HTTPHeaders = [:]
        headers["Accept"] = accept
        let answer = try await api.send(.get, Self.path, headers: headers)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(answer.headers["Vary"] == "Accept")
        #expect(
            answer.text == #"[{"id":29,"person_id":1,"longitude":"35.058","latitude":"-10.65721","#
                + #""creation_time":"2020-08-15T10:37:06"}]"#
        )
    }

    @Test(arguments: [
        "application/geo+json", "Application/Geo+JSON; q=1", "application/geo+json, application/json",
        "application/json;q=0, application/geo+json;q=0.5",
    ])
    func writesGeoJSON(accept: String) async throws {
        let api = try await APIUnderTest(
            InMemoryLocations([try location(29), try location(30, longitude: -1, after: 500_000)])
        )
        let answer = try await api.send(.get, Self.path, headers: ["Accept": accept])
        #expect(answer.headers["Content-Type"] == "application/geo+json")
        #expect(
            answer.text == #"{"type":"FeatureCollection","features":[{"type":"Feature","id":29,"#
                + #""geometry":{"type":"Point","coordinates":[35.058,-10.65721]},"#
                + #""properties":{"person_id":1,"creation_time":"2020-08-15T10:37:06Z"}},{"type":"Feature","id":30,"#
                + #""geometry":{"type":"Point","coordinates":[-0.0000001,-10.65721]},"#
                + #""properties":{"person_id":1,"creation_time":"2020-08-15T10:37:06.500000Z"}}]}"#
        )
    }

    @Test func writesKnownAccuracies() async throws {
        let api = try await APIUnderTest(InMemoryLocations([try location(29, accuracy: 12), try location(30)]))
        let plain = try await api.send(.get, Self.path)
        #expect(plain.text.contains(#""creation_time":"2020-08-15T10:37:06","accuracy":12},{"id":30,"#))
        #expect(plain.text.hasSuffix(#""creation_time":"2020-08-15T10:37:06"}]"#))
        let geoJSON = try await api.send(.get, Self.path, headers: ["Accept": "application/geo+json"])
        #expect(geoJSON.text.contains(#""creation_time":"2020-08-15T10:37:06Z","accuracy":12}},{"type":"Feature","#))
        #expect(geoJSON.text.hasSuffix(#""creation_time":"2020-08-15T10:37:06Z"}}]}"#))
    }

    @Test func isEmptyWithoutLocations() async throws {
        let api = try await APIUnderTest(InMemoryLocations())
        #expect(try await api.send(.get, Self.path).text == "[]")
        let geoJSON = try await api.send(.get, Self.path, headers: ["Accept": "application/geo+json"])
        #expect(geoJSON.text == #"{"type":"FeatureCollection","features":[]}"#)
    }

    @Test(arguments: [
        "text/html", "image/png, text/*", "application/json;q=0", "application/geo+json; q=0.0", "application/xml;q=1",
    ])
    func listsTheFormats(accept: String) async throws {
        let answer = try await APIUnderTest(InMemoryLocations()).send(.get, Self.path, headers: ["Accept": accept])
        #expect(answer.status == 406)
        #expect(try answer.json["title"]?.string == "Not Acceptable")
        #expect(try answer.errors == ["Accept": ["Expected application/json or application/geo+json."]])
    }

    @Test(arguments: [0, 1, 999, 1_000, 1_001, 2_000, 2_500])
    func readsPages(count: Int) async throws {
        let locations = InMemoryLocations(try (0..<count).map { try location(Int64($0 + 1), after: Int64($0)) })
        let answer = try await APIUnderTest(locations).send(.get, Self.path)
        #expect(try answer.json.elements?.compactMap { $0["id"]?.number } == (0..<count).map { Double($0 + 1) })
        #expect(locations.question.largestLimit == 250)
        #expect(locations.question.pages == count / 250 + 1)
    }

    @Test(arguments: [
        ("", 0, 253_402_300_799_999_999),
        ("?from=2020-08-15", 1_597_449_600_000_000, 253_402_300_799_999_999),
        ("?from=2020-08-15T10:37:06&to=2020-08-15T10:37:06.5Z", 1_597_487_826_000_000, 1_597_487_826_500_000),
        ("?from=2020-08-15T12:37:06%2B02:00&to=2020-08-16", 1_597_487_826_000_000, 1_597_536_000_000_000),
        ("?from=2020-08-15&to=2020-08-15", 1_597_449_600_000_000, 1_597_449_600_000_000),
    ])
    func readsTimesAndDays(query: String, start: Int64, end: Int64) async throws {
        let locations = InMemoryLocations()
        let answer = try await APIUnderTest(locations).send(.get, Self.path + query)
        #expect(answer.status == 200)
        #expect(locations.question.window?.start.microseconds == start)
        #expect(locations.question.window?.end.microseconds == end)
    }

    @Test(arguments: [
        ("from=yesterday", "from", "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."),
        ("from=2020-02-30", "from", "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."),
        ("to=1597487826", "to", "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."),
        ("to=2020-08-15T25:00:00", "to", "Expected a moment in ISO 8601 such as 2020-08-15T10:37:06Z, or a day."),
        ("from=2020-08-16&to=2020-08-15", "to", "Expected a moment that is not before from."),
    ])
    func namesTheInvalidParameter(query: String, parameter: String, detail: String) async throws {
        let answer = try await APIUnderTest(InMemoryLocations()).send(.get, "\(Self.path)?\(query)")
        #expect(answer.status == 400)
        #expect(try answer.errors == [parameter: [detail]])
    }
}
