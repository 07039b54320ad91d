import Archive
import Credentials
import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import PersonService

/// Invalid plans and programmes: each answer names the part and what was expected, and nothing is stored.
@Suite struct BadVenueFileTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var resource = "plan"
        var type = "application/geo+json"
        let body: [UInt8]
        var status = 422
        /// The pointer of the invalid part; `nil` if the detail of the problem says everything.
        var pointer: String?
        let detail: String
    }

    private static func polygon(_ rings: String) -> String { #"{"type":"Polygon","coordinates":[\#(rings)]}"# }

    private static func invalid(_ name: String, _ features: String..., pointer: String, _ detail: String) -> Case {
        let body = #"{"type":"FeatureCollection","features":[\#(features.joined(separator: ","))]}"#
        return Case(testDescription: name, body: Array(body.utf8), pointer: pointer, detail: detail)
    }

    private static func calendar(_ name: String, _ lines: String..., pointer: String?, _ detail: String) -> Case {
        let text = (["BEGIN:VCALENDAR", "BEGIN:VEVENT"] + lines + ["END:VEVENT", "END:VCALENDAR", ""])
        return Case(
            testDescription: name,
            resource: "programme",
            type: "text/calendar",
            body: Array(text.joined(separator: "\r\n").utf8),
            pointer: pointer,
            detail: detail
        )
    }

    private static func schedule(_ name: String, _ event: String, pointer: String, _ detail: String) -> Case {
        let text = #"<schedule><day date="2026-05-04"><room name="A">\#(event)</room></day></schedule>"#
        return Case(
            testDescription: name,
            resource: "programme",
            type: "application/xml",
            body: Array(text.utf8),
            pointer: pointer,
            detail: detail
        )
    }

    private static func sessions(_ name: String, _ text: String, pointer: String, _ detail: String) -> Case {
        Case(
            testDescription: name,
            resource: "programme",
            type: "application/json",
            body: Array(text.utf8),
            pointer: pointer,
            detail: detail
        )
    }

    private static let time = #""starts":"2026-05-04T08:00:00Z","ends":"2026-05-04T09:00:00Z""#

    static let polygons = [
        invalid(
            "an open ring",
            feature(#"{"code":"a"}"#, geometry: polygon("[[2,41],[2.1,41],[2.1,41.1],[2,41.1]]")),
            pointer: "/features/0/geometry",
            "Expected a valid polygon: The last coordinate of a ring must repeat the first one at longitude 2, latitude 41.1."
        ),
        invalid(
            "a ring of three coordinates",
            feature(#"{"code":"a"}"#, geometry: polygon("[[2,41],[2.1,41],[2,41]]")),
            pointer: "/features/0/geometry",
            "Expected a valid polygon: A ring needs at least 4 coordinates at longitude 2, latitude 41."
        ),
        invalid(
            "a bow tie",
            feature(#"{"code":"a"}"#),
            feature(#"{"code":"b"}"#, geometry: polygon("[[2,41],[2.1,41.1],[2.1,41],[2,41.1],[2,41]]")),
            pointer: "/features/1/geometry",
            "Expected a valid polygon: Self-intersection at longitude 2.05, latitude 41.05."
        ),
        invalid(
            "a hole outside of its polygon",
            feature(
                #"{"code":"a"}"#,
                geometry: polygon(
                    "[[2,41],[2.1,41],[2.1,41.1],[2,41.1],[2,41]],[[3,41],[3.1,41],[3.1,41.1],[3,41.1],[3,41]]"
                )
            ),
            pointer: "/features/0/geometry",
            "Expected a valid polygon: Hole lies outside shell at longitude 3, latitude 41."
        ),
        invalid(
            "a latitude beyond the pole",
            feature(#"{"code":"a"}"#, geometry: polygon("[[2,41],[2.1,91],[2.1,41.1],[2,41]]")),
            pointer: "/features/0/geometry/coordinates/0/1",
            "Expected a longitude from -180 to 180 and a latitude from -90 to 90."
        ),
        invalid(
            "a ring of too many corners",
            feature(#"{"code":"a"}"#, geometry: polygon("[\(String(repeating: "[2,41],", count: 20_000))[2,41]]")),
            pointer: "/features/0/geometry",
            "Expected a valid polygon: The area has more than 20000 corners."
        ),
        invalid(
            "a point",
            feature(#"{"code":"a"}"#, geometry: #"{"type":"Point","coordinates":[2,41]}"#),
            pointer: "/features/0/geometry",
            "Expected a geometry of the type Polygon or MultiPolygon with coordinates."
        ),
        invalid(
            "no geometry",
            feature(#"{"code":"a"}"#, geometry: "null"),
            pointer: "/features/0/geometry",
            "Expected a geometry."
        ),
    ]

    static let plans = [
        invalid(
            "a zone without a code",
            feature(#"{"name":"a"}"#),
            pointer: "/features/0/properties/code",
            "Expected a code that is unique in the plan, or an id of the feature."
        ),
        invalid(
            "two zones with one code",
            feature(#"{"code":"a"}"#),
            feature(#"{"code":"a"}"#),
            pointer: "/features/1/properties/code",
            "Expected a code that no other zone of the plan has."
        ),
        invalid(
            "an unknown parent",
            feature(#"{"code":"a","parent":"b"}"#),
            pointer: "/features/0/properties/parent",
            "Expected the code of a zone in the plan."
        ),
        invalid(
            "a zone within itself",
            feature(#"{"code":"a","parent":"a"}"#),
            pointer: "/features/0/properties/parent",
            "Expected zones that are nested at most 16 deep, and none within itself."
        ),
        invalid(
            "an unknown kind",
            feature(#"{"code":"a","kind":"castle"}"#),
            pointer: "/features/0/properties/kind",
            "Expected building, hall, room, booth or other."
        ),
        invalid(
            "a floor in words",
            feature(#"{"code":"a","floor":"first"}"#),
            pointer: "/features/0/properties/floor",
            "Expected an integer from -100 to 300, or null."
        ),
        invalid(
            "a name that looks like another",
            feature(#"{"code":"a","name":"Booth\u200b1"}"#),
            pointer: "/features/0/properties/name",
            "Not a valid string: it has a control, direction or zero-width character."
        ),
        invalid(
            "a transmitter without an address",
            feature(#"{"code":"a","wifi":["my router"]}"#),
            pointer: "/features/0/properties/wifi/0",
            "Expected hardware addresses of access points such as 0a:1b:2c:3d:4e:5f."
        ),
        Case(
            testDescription: "a single feature",
            body: Array(feature(#"{"code":"a"}"#).utf8),
            pointer: "/type",
            detail: "Expected the type FeatureCollection."
        ),
        Case(
            testDescription: "half a file",
            body: Array(#"{"type":"FeatureCollection","features":[{"#.utf8),
            status: 400,
            detail:
                "The body is not the JSON that was expected: malformed JSON at byte 41: the text ends inside a value."
        ),
        Case(
            testDescription: "bytes that are no archive",
            type: "application/zip",
            body: Array("PK, but no archive".utf8),
            detail: "The body is not a ZIP archive, or is damaged."
        ),
        Case(
            testDescription: "an archive without a manifest",
            type: "application/zip",
            body: (try? ZipArchive.bytes(of: [ArchivedFile(path: "a.txt", bytes: [1])])) ?? [],
            pointer: "/manifest.json",
            detail: "Expected an IMDF archive, which has a manifest.json."
        ),
        Case(
            testDescription: "an archive that inflates",
            type: "application/zip",
            body: (try? ZipArchive.bytes(of: [ArchivedFile(path: "unit.geojson", bytes: zeros)])) ?? [],
            detail: "The files of the archive have more than 67108864 bytes."
        ),
    ]

    private static let zeros = [UInt8](repeating: 0x20, count: (64 << 20) + 1)

    static let programmes = [
        sessions(
            "a session without a code",
            "[{\(time)}]",
            pointer: "/0/code",
            "Expected a code that is unique in the programme."
        ),
        sessions(
            "a session that ends before it starts",
            #"[{"code":"a","starts":"2026-05-04T09:00:00Z","ends":"2026-05-04T08:00:00Z"}]"#,
            pointer: "/0",
            "Expected starts and ends, both times in ISO 8601, and ends after starts."
        ),
        sessions(
            "two sessions with one code",
            #"[{"code":"a",\#(time)},{"code":"a",\#(time)}]"#,
            pointer: "/1/code",
            "Expected a code that no other session has."
        ),
        sessions(
            "a session of months",
            #"[{"code":"a","starts":"2026-05-04T09:00:00Z","ends":"2026-08-04T08:00:00Z"}]"#,
            pointer: "/0",
            "Expected a session after 1970 of at most 31 days."
        ),
        sessions(
            "an object that is no schedule",
            #"{"sessions":[]}"#,
            pointer: "/schedule/conference",
            "Expected a schedule of frab or pretalx."
        ),
        schedule(
            "a duration in words",
            #"<event id="1"><date>2026-05-04T09:30:00Z</date><duration>an hour</duration></event>"#,
            pointer: "/events/0/duration",
            "Expected a duration of hours and minutes such as 00:45."
        ),
        schedule(
            "an event without a time",
            #"<event id="1"><duration>00:45</duration></event>"#,
            pointer: "/events/0/date",
            "Expected a date such as 2026-05-04T09:30:00+02:00, or a start such as 09:30."
        ),
        Case(
            testDescription: "XML that does not end",
            resource: "programme",
            type: "application/xml",
            body: Array("<schedule>".utf8),
            status: 400,
            detail: """
                The body is not the XML that was expected: malformed XML at byte 10, line 1: the text ends inside an element.
                """
        ),
        Case(
            testDescription: "an entity that grows",
            resource: "programme",
            type: "application/xml",
            body: Array(#"<!DOCTYPE s [<!ENTITY a "b">]><schedule>&a;</schedule>"#.utf8),
            status: 400,
            detail: """
                The body is not the XML that was expected: malformed XML at byte 12, line 1: document types and entities are not \
                accepted.
                """
        ),
        calendar(
            "an event without an end",
            "UID:a",
            "DTSTART:20260504T080000Z",
            pointer: "/events/0",
            "Expected DTSTART, and DTEND or DURATION, of a time after the start."
        ),
        calendar(
            "an event every second",
            "UID:a",
            "DTSTART:20260504T080000Z",
            "DURATION:PT1H",
            "RRULE:FREQ=SECONDLY",
            pointer: "/events/0",
            "Expected an RRULE that recurs daily at most, such as FREQ=DAILY;COUNT=3."
        ),
        Case(
            testDescription: "text that is no calendar",
            resource: "programme",
            type: "text/calendar",
            body: Array("Monday: opening".utf8),
            detail: "Expected an iCalendar object: text from BEGIN:VCALENDAR to END:VCALENDAR."
        ),
        Case(
            testDescription: "a table",
            resource: "programme",
            type: "text/csv",
            body: Array("a,b".utf8),
            status: 415,
            detail: "The body's media type is not one that is taken here."
        ),
    ]

    @Test(arguments: polygons + plans + programmes)
    func saysWhatIsWrongAndWhere(input: Case) async throws {
        let events = InMemoryEvents()
        let answer = try await APIUnderTest(events).send(
            .put,
            "/api/events/1/\(input.resource)",
            headers: ["Content-Type": input.type],
            body: input.body
        )
        #expect(answer.status == input.status)
        if let pointer = input.pointer {
            #expect(try answer.errors == [pointer: [input.detail]])
        } else {
            #expect(try answer.json["detail"]?.string == input.detail)
        }
        #expect(try await events.plan(of: .standard).isEmpty)
        #expect(try await events.programme(of: .standard).isEmpty)
    }

    /// The same through sockets: the answers are those of the routes, and the server continues.
    @Test func answersOverHTTPAlike() async throws {
        let events = InMemoryEvents()
        let digest = HintDigest(secret: "sixteen bytes at least")
        let routes = EventRoutes(events: events, digest: digest)
        try await withServer(
            routes: { routes.add(to: &$0) },
            test: { server in
                for input in Self.polygons + Self.plans + Self.programmes {
                    let client = try RawClient(server)
                    let head = """
                        PUT /api/events/1/\(input.resource) HTTP/1.1\r
                        Host: test\r
                        Content-Type: \(input.type)\r
                        Content-Length: \(input.body.count)\r
                        \r\n
                        """
                    #expect(try await client.sendAll(Array(head.utf8) + input.body))
                    let response = try await client.response()
                    #expect(response.status == input.status, "\(input)")
                    #expect(response.text.contains(input.detail), "\(input): \(response.text)")
                }
            }
        )
        #expect(try await events.plan(of: .standard).isEmpty)
    }

    @Test func rejectsAZoneOutsideTheVenue() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        _ = try await api.send(.put, "/api/events/1", body: #"{"name":"Fair","venue":\#(square(0))}"#)
        let body = plan(feature(#"{"code":"a"}"#), feature(#"{"code":"b"}"#, geometry: square(9)))
        let answer = try await api.send(.put, "/api/events/1/plan", body: body)
        #expect(
            try answer.errors == ["/features/1/geometry": ["Expected a zone within the venue of the event."]]
        )
    }
}
