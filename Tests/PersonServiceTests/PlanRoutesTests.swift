import Archive
import Credentials
import HTTPServer
import JSON
import Models
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct PlanRoutesTests {
    private static let path = "/api/events/1/plan"
    private static let zip: HTTPHeaders = ["Content-Type": "application/zip"]
    private static let hall = feature(#"{"code":"H1","name":"Hall 1","kind":"hall","floor":0}"#)
    private static let booth = feature(
        #"{"code":"B12","name":"Booth 12","kind":"booth","floor":0,"parent":"H1"}"#,
        geometry: square(1)
    )
    private static let lounge = feature(
        #"{"code":"L","name":"Lounge"}"#,
        geometry:
            #"{"type":"MultiPolygon","coordinates":[[[[2,41],[2.1,41],[2.1,41.1],[2,41]]],[[[3,41],[3.1,41],[3.1,41.1],[3,41]]]]}"#
    )
    private static let building = feature(
        #"{"code":"M","name":"Main building","kind":"building"}"#,
        geometry: square(5)
    )

    @Test func returnsThePlanThatReplacedAnother() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        _ = try await api.send(.put, Self.path, body: plan(Self.lounge))
        let answer = try await api.send(.put, Self.path, body: plan(Self.hall, Self.booth))
        #expect(answer.text == #"{"zones":2,"skipped":0,"mended":[],"rooms_without_zone":[]}"#)
        let read = try await api.send(.get, Self.path)
        #expect(
            read.text == """
                {"type":"FeatureCollection","features":[{"type":"Feature","id":1,"geometry":\(square(0)),"properties":\
                {"code":"H1","name":"Hall 1","kind":"hall","floor":0,"hints":0}},{"type":"Feature","id":2,"geometry":\
                \(square(1)),"properties":{"code":"B12","name":"Booth 12","kind":"booth","floor":0,"parent":"H1","hints":0}}]}
                """
        )
        _ = try await api.send(.put, Self.path, body: read.text)
        #expect(try await api.send(.get, Self.path).text == read.text)
    }

    /// The archive that is written describes the same plan when it is read.
    @Test func exportsIMDFThatImportsAsTheSamePlan() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let features = plan(Self.building, Self.hall, Self.booth, Self.lounge)
        _ = try await api.send(.put, Self.path, body: features)
        let archive = try await api.send(.get, Self.path, headers: ["Accept": "application/zip"])
        #expect(archive.headers["Content-Type"] == "application/zip")
        #expect(try await api.send(.get, "\(Self.path)?format=imdf").bytes == archive.bytes)
        let other = try APIUnderTest(InMemoryEvents())
        let answer = try await other.send(.put, Self.path, headers: Self.zip, body: archive.bytes)
        #expect(answer.text == #"{"zones":4,"skipped":0,"mended":[],"rooms_without_zone":[]}"#)
        let zones = try await Self.zones(of: other)
        #expect(zones == (try await Self.zones(of: api)))
        #expect(zones.count == 4)
    }

    /// The zones without their numbers, by code.
    private static func zones(of api: APIUnderTest) async throws -> [String: [JSONValue?]] {
        var zones: [String: [JSONValue?]] = [:]
        for feature in try await api.send(.get, path).json["features"]?.elements ?? [] {
            let code = feature["properties"]?["code"]?.string ?? ""
            zones[code] = [feature["properties"], feature["geometry"]]
        }
        return zones
    }

    /// An archive in the form of a mapping agency's: UUIDs, labels, null names, walls, occupants and anchors.
    @Test func importsIMDFOfARealForm() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let archive = try ZipArchive.bytes(of: IMDFSample.files)
        let answer = try await api.send(.put, Self.path, headers: Self.zip, body: archive)
        #expect(answer.text == #"{"zones":5,"skipped":2,"mended":[],"rooms_without_zone":[]}"#)
        let features = try await api.send(.get, Self.path).json["features"]?.elements ?? []
        let zones = features.map { feature in
            let properties = feature["properties"]
            let names = ["name", "kind", "parent"].map { properties?[$0]?.string ?? "-" }
            return names.joined(separator: ", ") + ", " + (properties?["floor"]?.number.map { "\(Int($0))" } ?? "-")
        }
        let building = "11111111-0000-4000-8000-000000000001"
        #expect(
            zones == [
                "Convention Centre, building, -, -",
                "Grand Hall, hall, \(building), 0",
                "Café Azul, room, \(building), 1",
                "Start-up Alley, hall, \(building), 0",
                "Kiosk 7, booth, \(building), 0",
            ]
        )
    }

    @Test func mendsPolygonsOnRequest() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let bow = #"{"type":"Polygon","coordinates":[[[2,41],[2.1,41.1],[2.1,41],[2,41.1],[2,41]]]}"#
        let body = plan(Self.hall, feature(#"{"code":"X"}"#, geometry: bow))
        let refused = try await api.send(.put, Self.path, body: body)
        #expect(refused.status == 422)
        #expect(
            try refused.errors == [
                "/features/1/geometry": [
                    "Expected a valid polygon: Self-intersection at longitude 2.05, latitude 41.05."
                ]
            ]
        )
        let mended = try await api.send(.put, "\(Self.path)?mend=true", body: body)
        #expect(mended.text == #"{"zones":2,"skipped":0,"mended":["X"],"rooms_without_zone":[]}"#)
        let area = try await api.send(.get, Self.path).json["features"]?.elements?.last?["geometry"]
        #expect(area?["type"]?.string == "MultiPolygon")
    }

    @Test func namesRoomsThatNoZoneHas() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let sessions = """
            [{"code":"a","starts":"2026-05-04T08:00:00Z","ends":"2026-05-04T09:00:00Z","room":"hall  1"},
            {"code":"b","starts":"2026-05-04T08:00:00Z","ends":"2026-05-04T09:00:00Z","room":"Cellar"}]
            """
        _ = try await api.send(.put, Self.path, body: plan(Self.hall))
        let answer = try await api.send(.put, "/api/events/1/programme", body: sessions)
        #expect(answer.text == #"{"sessions":2,"rooms_without_zone":["Cellar"]}"#)
        let again = try await api.send(.put, Self.path, body: plan(Self.hall))
        #expect(again.text == #"{"zones":1,"skipped":0,"mended":[],"rooms_without_zone":["Cellar"]}"#)
    }

    /// The digests are those of location-producer.
    @Test func storesDigestsOfTransmittersOnly() async throws {
        let events = InMemoryEvents()
        let digest = HintDigest(secret: "sixteen bytes at least")
        let transmitters = """
            {"code":"B","beacons":["F7826DA6-4FA2-4E98-8024-BC5B71E0893E/7/9"],"wifi":["0A:1b:2c:3d:4e:05"],"regions":["r"]}
            """
        let api = try APIUnderTest(events, digest: digest)
        _ = try await api.send(.put, Self.path, body: plan(feature(transmitters)))
        let expected = try [
            #require(NoticedTransmitter(uuid: "f7826da64fa24e988024bc5b71e0893e", major: 7, minor: 9)),
            #require(NoticedTransmitter(bssid: "a:1b:2c:3d:4e:5")),
            #require(NoticedTransmitter(region: "r")),
        ].map { digest($0) }
        #expect(try await events.plan(of: .standard).first?.hints == expected)
        let refused = try await APIUnderTest(events, digest: nil).send(
            .put,
            Self.path,
            body: plan(feature(transmitters))
        )
        #expect(
            try refused.errors == [
                "/features/0/properties": ["Expected no transmitters: person-service runs without HINT_SECRET."]
            ]
        )
    }
}

/// A small archive in the form of IMDF 1.0.
enum IMDFSample {
    static let files = [
        ("manifest.json", #"{"version":"1.0.0","created":"2026-01-05T10:00:00Z","language":"en"}"#),
        (
            "building.geojson",
            collection(
                feature(
                    "building",
                    1,
                    "null",
                    #""name":{"es":"Palacio","en":"Convention Centre"},"category":"unspecified","restriction":null"#
                )
            )
        ),
        (
            "footprint.geojson",
            collection(
                feature(
                    "footprint",
                    2,
                    square(0),
                    #""category":"ground","name":null,"building_ids":["11111111-0000-4000-8000-000000000001"]"#
                )
            )
        ),
        ("level.geojson", collection(level(3, 0), level(4, 1))),
        (
            "unit.geojson",
            collection(
                feature(
                    "unit",
                    5,
                    square(1),
                    #""category":"auditorium","name":{"en":"Grand Hall"},"level_id":\#(id(3))"#
                ),
                feature("unit", 6, square(2), #""category":"foodservice","name":null,"level_id":\#(id(4))"#),
                feature("unit", 7, square(3), #""category":"brick","name":{"en":"Wall"},"level_id":\#(id(3))"#),
                feature("unit", 8, square(4), #""category":"walkway","name":null,"level_id":\#(id(3))"#)
            )
        ),
        ("section.geojson", collection(feature("section", 9, square(5), named("Start-up Alley")))),
        ("kiosk.geojson", collection(feature("kiosk", 10, square(6), named("Kiosk 7")))),
        ("anchor.geojson", collection(feature("anchor", 11, point, #""address_id":null,"unit_id":\#(id(6))"#))),
        (
            "occupant.geojson",
            collection(
                feature("occupant", 12, "null", #""name":{"en":"Café Azul"},"anchor_id":\#(id(11)),"hours":null"#)
            )
        ),
        ("amenity.geojson", collection(feature("amenity", 13, point, #""category":"restroom","name":null"#))),
    ].map { ArchivedFile(path: $0.0, bytes: Array($0.1.utf8)) }

    private static let point = #"{"type":"Point","coordinates":[2.1505,41.37005]}"#

    private static func id(_ number: Int) -> String {
        #""11111111-0000-4000-8000-0000000000\#(number < 10 ? "0" : "")\#(number)""#
    }

    private static func named(_ name: String) -> String {
        #""name":{"en":"\#(name)"},"alt_name":null,"level_id":\#(id(3))"#
    }

    private static func level(_ number: Int, _ ordinal: Int) -> String {
        feature("level", number, square(0), #""ordinal":\#(ordinal),"outdoor":false,"building_ids":[\#(id(1))]"#)
    }

    private static func feature(_ type: String, _ number: Int, _ geometry: String, _ properties: String) -> String {
        """
        {"id":\(id(number)),"type":"Feature","feature_type":"\(type)","geometry":\(geometry),"properties":{\(properties)}}
        """
    }

    private static func collection(_ features: String...) -> String {
        #"{"type":"FeatureCollection","features":[\#(features.joined(separator: ","))]}"#
    }
}
