import Foundation
import Postgres
import RESTTestSupport
import TestSupport
import Testing

/// Daily reports by real processes, compared with what PostGIS finds in the stored locations.
@Suite(.timeLimit(.minutes(10))) struct ReportTests {
    private static let day = "2026-05-04"
    private static let reports = "/api/events/2/reports"

    /// A square of a hundred-thousandth of a degree times `size`, as GeoJSON.
    private static func square(_ longitude: Double, _ size: Double) -> String {
        let corners = [(0.0, 0.0), (1, 0), (1, 1), (0, 1), (0, 0)].map { x, y in
            "[\(longitude + x * size),\(45.0 + y * size)]"
        }
        return #"{"type":"Polygon","coordinates":[[\#(corners.joined(separator: ","))]]}"#
    }

    private static let event =
        #"{"name":"Fair","time_zone":"Europe/Madrid","opening_hours":[{"opens":"\#(day)T08:00:00Z","closes":"\#(day)T18:00:00Z"}],"#
        + #""venue":\#(square(20, 0.02))}"#

    private static let plan: String = {
        let zones = ["A": 20.001, "B": 20.006, "C": 20.011].map { code, longitude in
            #"{"type":"Feature","geometry":\#(square(longitude, 0.004)),"properties":{"code":"\#(code)","name":"<Hall \#(code)>","kind":"hall"}}"#
        }
        return #"{"type":"FeatureCollection","features":[\#(zones.joined(separator: ","))]}"#
    }()

    /// Twenty minutes of a person at a place of a hall, from a minute of the day on.
    private static func stay(_ person: Int32, _ longitude: Double, minute: Int) -> [String] {
        (0..<40).map { step in
            let seconds = minute * 60 + step * 30
            let clock = [seconds / 3_600, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
            return #"{"person_id":\#(person),"latitude":"45.0020","longitude":"\#(longitude)","accuracy":3,"#
                + #""creation_time":"\#(day)T\#(clock.joined(separator: ":"))"}"#
        }
    }

    @Test func reportsAgreeWithPostGIS() async throws {
        try await withServices(environment: ["REPORT_DELAY": "0s"]) { services in
            var persons: [Int32] = []
            for number in 0..<14 { persons.append(try await services.createPerson("P\(number)")) }
            // Groups of six, four, two and two, with a metre between neighbours; places are 400 m apart.
            var lines: [String] = []
            for (index, person) in persons.enumerated() {
                let place = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3][index]
                lines += Self.stay(
                    person,
                    [20.003, 20.008, 20.0125, 20.013][place] + Double(index % 2) * 0.00001,
                    minute: 600
                )
                // The first six go to the next hall, together.
                if index < 6 { lines += Self.stay(person, 20.0085 + Double(index % 2) * 0.00001, minute: 630) }
            }
            #expect(try await services.send("POST", "/api/events", to: services.person, json: Self.event).status == 201)
            let planned = try await services.send("PUT", "/api/events/2/plan", to: services.person, json: Self.plan)
            #expect(planned.status == 200, "\(planned.body)")
            let sent = try await services.send(
                "POST",
                "/api/locations/batch",
                to: services.producer,
                json: lines.joined(separator: "\n"),
                contentType: "application/x-ndjson"
            )
            #expect(sent.status == 200, "\(sent.body)")
            // It is stored by the second look, a minute after the first one.
            try await eventually("the day has a report", within: .seconds(400)) {
                try await Task.sleep(for: .seconds(1))
                return try await services.send("GET", Self.reports, to: services.connection).body.contains(Self.day)
            }
            let answer = try await services.send("GET", "\(Self.reports)/\(Self.day)", to: services.connection)
            let figures = try #require(try JSONValue(Array(answer.body.utf8))["figures"])
            let truth = try await truth(services.database)
            #expect(figures["visitors"]?.number == Self.published(truth.visitors))
            let zones = try #require(figures["zones"]?.elements)
            let found = zones.map { ($0["zone"]?["code"]?.string ?? "", $0["visitors"]?.number) }
            #expect(Dictionary(uniqueKeysWithValues: found) == truth.zones.compactMapValues(Self.published))
            // Four persons were in hall C: nothing about it.
            #expect(found.map(\.0) == ["B", "A"])
            let flows = try #require(figures["flows"]?.elements)
            #expect(flows.map { $0["from"]?["code"]?.string } == ["A"] && flows.map { $0["persons"]?.number } == [5])
            let met = try #require(figures["people_met"])
            #expect(met["persons"]?.number == Self.published(truth.met.count))
            for (name, share) in [("lower_quartile", 0.25), ("median", 0.5), ("upper_quartile", 0.75)] {
                let place = Int((share * Double(truth.met.count - 1)).rounded())
                #expect(met[name]?.number == Double(truth.met[place]), "\(name)")
            }
            let page = try await services.send("GET", "\(Self.reports)/\(Self.day)", to: services.connection)
            #expect(page == answer)
        }
    }

    private static func published(_ persons: Int) -> Double? {
        persons < 5 ? nil : Double((persons + 2) / 5 * 5)
    }

    /// The persons in each zone and in all, and how many others each person was within two metres of, ascending.
    private func truth(
        _ database: PostgresConfiguration
    ) async throws -> (visitors: Int, zones: [String: Int], met: [Int]) {
        try await TestDatabase.withClient(of: database, as: "uda_connection") { client in
            let zones = try await client.query(
                """
                SELECT z.code, count(DISTINCT l.person_id)::integer FROM zone z
                JOIN location l ON ST_Covers(z.area, l.coordinate::geometry) GROUP BY z.code
                """
            ).decode(String.self, Int32.self)
            let visitors = try await client.query("SELECT count(DISTINCT person_id)::integer FROM location").single(
                Int32.self
            )
            let met = try await client.query(
                """
                SELECT count(DISTINCT o.person_id)::integer AS others FROM location l JOIN location o
                    ON o.person_id <> l.person_id AND o.creation_time = l.creation_time
                    AND ST_DWithin(l.coordinate::geography, o.coordinate::geography, 2)
                GROUP BY l.person_id ORDER BY others
                """
            ).column(Int32.self)
            return (
                Int(visitors), Dictionary(uniqueKeysWithValues: zones.map { ($0.0, Int($0.1)) }), met.map { Int($0) }
            )
        }
    }
}
