import Geospatial
import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct OverlandTests {
    private static let path = "/overland"
    private static let bo: HTTPHeaders = ["Authorization": "Bearer hidden"]
    private static let good = feature(#""timestamp":"2015-10-01T08:00:00-0700""#)

    private static func feature(_ properties: String, at coordinates: String = "-122.030581,37.3318") -> String {
        #"{"type":"Feature","geometry":{"type":"Point","coordinates":[\#(coordinates)]},"properties":{\#(properties)}}"#
    }

    @Test(arguments: [
        // The README's.
        (
            #""timestamp":"2015-10-01T08:00:00-0700","altitude":0,"speed":4,"course":90,"horizontal_accuracy":30,"#
                + #""vertical_accuracy":-1,"motion":["driving"],"battery_state":"charging","battery_level":0.8,"#
                + #""device_id":"","wifi":"","unique_id":"7""#,
            Expected(
                latitude: "37.3318",
                longitude: "-122.030581",
                time: "2015-10-01T15:00:00",
                accuracy: 30,
                altitude: 0,
                speed: 4,
                course: 90,
                battery: 80
            )
        ),
        // −1 means unknown; iOS had no fix.
        (
            #""timestamp":"2026-05-04T09:59:59Z","altitude":-1,"speed":-1,"course":-1,"horizontal_accuracy":-1,"#
                + #""battery_state":"unknown","battery_level":-1,"pauses":false,"activity":"other","locations_in_payload":1"#,
            Expected(
                latitude: "37.3318",
                longitude: "-122.030581",
                time: "2026-05-04T09:59:59",
                accuracy: 65_535,
                altitude: -1
            )
        ),
        (
            #""timestamp":"2026-05-04T11:59:59.5+02:00","speed":null,"battery_level":1,"action":"","type":"walk""#,
            Expected(latitude: "37.3318", longitude: "-122.030581", time: "2026-05-04T09:59:59.5", battery: 100)
        ),
    ])
    func acceptsAPoint(properties: String, expected: Expected) async throws {
        let queue = InMemoryQueue()
        let body = #"{"locations":[\#(Self.feature(properties))]}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.bo, body: body)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"result":"ok"}"#)
        #expect(answer.headers["Content-Type"] == "application/json")
        #expect(queue.messages.map(\.report) == [try #require(expected.report(of: 2))])
    }

    @Test func rejectsSinglePointsButNotTheBatch() async throws {
        let queue = InMemoryQueue()
        let time = #""timestamp":"2026-05-04T09:00:00Z""#
        let points = [
            Self.good, Self.feature(time, at: "7,91"), Self.feature(time, at: ""), Self.feature(""), "7", "null", "[]",
            Self.feature(#""timestamp":"2026-05-04T10:05:01Z""#),
            #"{"type":"Feature","geometry":null,"properties":null}"#,
            Self.feature(time, at: #""1","2",3,[4]"#),
        ]
        let body = #"{"locations":[\#(points.joined(separator: ","))],"current":\#(Self.good),"trip":{"mode":"walk"}}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.bo, body: body)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"result":"ok"}"#)
        #expect(queue.messages.map { $0.report.coordinate.latitude.description } == ["37.3318", "2"])
    }

    @Test(arguments: [
        #""action":"paused_location_updates""#, #""action":"resumed_location_updates""#, #""action":"will_terminate""#,
        #""type":"trip","mode":"walk","distance":100"#,
    ])
    func skipsFeaturesWithoutAFix(properties: String) async throws {
        let queue = InMemoryQueue()
        let event = Self.feature(#""timestamp":"2026-05-04T08:00:00Z",\#(properties)"#)
        let body = #"{"locations":[\#(event),\#(Self.good)]}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.bo, body: body)
        #expect(answer.text == #"{"result":"ok"}"#)
        #expect(queue.messages.count == 1)
    }

    /// The first of a visit's two messages says that the device is still there, the second when it left.
    @Test(
        arguments: [
            ("2026-05-04T08:00:00Z", nil, ["2026-05-04T08:00:00", "2026-05-04T08:05:00 still"]),
            ("2026-05-04T07:00:00Z", "2026-05-04T08:04:00Z", ["2026-05-04T07:00:00", "2026-05-04T08:04:00 still"]),
            (nil, "2026-05-04T08:04:00Z", ["2026-05-04T08:04:00 still"]), (nil, nil, ["2026-05-04T08:05:00 still"]),
            ("2026-05-04T08:05:00Z", nil, ["2026-05-04T08:05:00"]),
        ] as [(String?, String?, [String])]
    )
    func acceptsTheEndsOfAVisit(arrival: String?, departure: String?, expected: [String]) async throws {
        let queue = InMemoryQueue()
        func date(_ text: String?) -> String { text.map { #""\#($0)""# } ?? "null" }
        let visit = Self.feature(
            #"""
            "timestamp":"2026-05-04T08:05:00Z","action":"visit","arrival_date":\#(date(arrival)),
            "departure_date":\#(date(departure)),"horizontal_accuracy":40
            """#
        )
        let body = #"{"locations":[\#(visit)]}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.bo, body: body)
        #expect(answer.text == #"{"result":"ok"}"#)
        let reports = queue.messages.map(\.report)
        #expect(reports.map { "\($0.creationTime)" + ($0.isHeartbeat ? " still" : "") } == expected)
        #expect(reports.allSatisfy { $0.accuracy?.metres == 40 })
    }

    @Test(arguments: [#"{"locations":[]}"#, "{}", #"{"locations":null}"#])
    func acknowledgesNothing(body: String) async throws {
        let answer = try await APIUnderTest(InMemoryQueue()).send(.post, Self.path, headers: Self.bo, body: body)
        #expect(answer.text == #"{"result":"ok"}"#)
    }

    @Test func identifiesThePhoneByNameWithoutAToken() async throws {
        let queue = InMemoryQueue()
        let body = #"""
            {"locations":[\#(Self.good),\#(Self.feature(#""timestamp":"2026-05-04T09:00:00Z","device_id":"jane""#))]}
            """#
        #expect(try await APIUnderTest(queue).send(.post, Self.path, body: body).status == 200)
        #expect(queue.messages.map { $0.report.personID.rawValue } == [1, 1])
        let strict = try APIUnderTest(queue, requiresTokens: true)
        #expect(try await strict.send(.post, Self.path, body: body).status == 401)
    }

    @Test(arguments: ["Bearer wrong", "Basic amFuZTp3cm9uZw==", "Basic bm9ib2R5OnNlY3JldA==", nil] as [String?])
    func rejectsAnUnregisteredPhone(authorization: String?) async throws {
        let queue = InMemoryQueue()
        let headers: HTTPHeaders = authorization.map { ["Authorization": $0] } ?? [:]
        let body = #"{"locations":[\#(Self.good)]}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: headers, body: body)
        #expect(answer.status == 401)
        #expect(try answer.json["result"]?.string == "error")
        #expect(queue.messages.isEmpty)
    }

    @Test func acceptsAThousandPoints() async throws {
        let queue = InMemoryQueue()
        let body = #"{"locations":[\#(Array(repeating: Self.good, count: 1_000).joined(separator: ","))]}"#
        #expect(try await APIUnderTest(queue).send(.post, Self.path, headers: Self.bo, body: body).status == 200)
        #expect(queue.messages.count == 1_000)
    }

    @Test func locatesSyntaxErrors() async throws {
        let answer = try await APIUnderTest(InMemoryQueue()).send(.post, Self.path, headers: Self.bo, body: "{")
        #expect(answer.status == 400)
    }
}
