import Foundation
import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

/// The figures for organisers.
@Suite struct StatisticsRouteTests {
    /// Some persons stay in the booth for ten minutes from 10:37 on.
    private static func api(persons: Int32) async throws -> APIUnderTest {
        let stored = try stride(from: 1, to: persons, by: 2).flatMap {
            try meeting(of: $0, and: $0 + 1, at: 0, samples: 20)
        }
        let setup = try EventFixtures.setup(sessions: [(31, "Opening", 0..<600), (32, "Tomorrow", 100_000..<100_600)])
        return try APIUnderTest(await InMemoryMeetings(stored, events: [setup]))
    }

    private static func path(_ name: String) -> String { "/api/events/2/\(name)?day=2020-08-15" }

    @Test func publishesNothingAboutFourPersons() async throws {
        let api = try await Self.api(persons: 4)
        for name in ["occupancy", "dwell", "flows"] {
            #expect(try await api.send(.get, Self.path(name)).json.elements?.isEmpty == true, "\(name)")
        }
        #expect(try await api.send(.get, Self.path("heatmap")).json["features"]?.elements?.isEmpty == true)
        let sessions = try #require(try await api.send(.get, Self.path("sessions")).json.elements)
        #expect(sessions.map { $0["attendees"] } == [.null])
    }

    @Test func publishesRoundedCounts() async throws {
        let api = try await Self.api(persons: 6)
        let rows = try #require(try await api.send(.get, Self.path("occupancy")).json.elements)
        #expect(rows.map { $0["zone"]?["id"]?.number } == [11, 12])
        #expect(rows[1]["visitors"]?.number == 5)
        #expect(rows[1]["peak"]?["start"]?.string == "2020-08-15T10:30:00")
        #expect(rows[1]["persons"]?.elements?.count == 96)
        #expect(rows[1]["persons"]?.elements?[42].number == 5)
        let csv = try await api.send(.get, Self.path("occupancy"), headers: ["Accept": "text/csv"])
        #expect(
            csv.text.hasPrefix(
                "zone_id,zone_code,zone,kind,start,persons\r\n11,z11,Hall,hall,2020-08-15T10:30:00Z,5\r\n"
            )
        )
        let sessions = try #require(try await api.send(.get, Self.path("sessions")).json.elements)
        #expect(sessions.map { $0["attendees"]?.number } == [5])
    }

    @Test func writesDwellAndHeat() async throws {
        let api = try await Self.api(persons: 10)
        let dwell = try await api.send(.get, Self.path("dwell"), headers: ["Accept": "text/csv"])
        #expect(dwell.text.hasSuffix("12,z12,\"'=Booth, 12\",booth,10,600,600,600,0\r\n"))
        let heat = try #require(try await api.send(.get, Self.path("heatmap")).json["features"]?.elements)
        #expect(heat.map { $0["properties"]?["person_minutes"]?.number } == [100, 100])
        #expect(heat[0]["geometry"]?["type"]?.string == "MultiPolygon")
    }

    @Test func comesInPages() async throws {
        let api = try await Self.api(persons: 10)
        let first = try await api.send(.get, Self.path("dwell") + "&limit=1")
        #expect(first.headers["X-Total-Count"] == "2")
        let link = try #require(first.headers["Link"]?.split(separator: ">").first?.dropFirst())
        let second = try await api.send(.get, String(link))
        #expect(try second.json.elements?.map { $0["zone"]?["id"]?.number } == [12])
        #expect(second.headers["Link"] == nil)
    }

    @Test(arguments: [
        ("/api/events/7/occupancy?day=2020-08-15", 404), ("/api/events/2/occupancy", 400),
        ("/api/events/2/flows?day=2020-13-01", 400), ("/api/events/2/dwell?day=2020-08-15&cursor=-1", 400),
    ])
    func refusesInvalidQuestions(path: String, status: Int) async throws {
        #expect(try await Self.api(persons: 2).send(.get, path).status == status)
    }
}
