import Credentials
import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct OsmAndTests {
    private static let path = "/osmand"

    /// Formats from Traccar's documentation and tests, OsmAnd and GPSLogger.
    static let queries: [(String, Expected)] = [
        (
            "id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&accuracy=5.0&batt=87",
            Expected(
                latitude: "60",
                longitude: "30",
                time: "2013-08-22T13:14:27",
                accuracy: 5,
                altitude: 0,
                speed: 0,
                course: 0,
                battery: 87
            )
        ),
        // Milliseconds, aliases, 10 knots, a mock location.
        (
            "deviceid=123456&timestamp=1377177267123&location=60.5,-30.25&speed=10&heading=359.6&mock=true&hdop=1.2",
            Expected(
                latitude: "60.5",
                longitude: "-30.25",
                time: "2013-08-22T13:14:27.123",
                accuracy: 6,
                speed: 5.1,
                course: 0,
                isMock: true
            )
        ),
        ("id=123456&lat=1&lon=2", Expected(latitude: "1", longitude: "2", time: "2026-05-04T10:00:00")),
        (
            "id=123456&lat=1&lon=2&timestamp=2013-08-22%2013:14:27&batt=-1&speed=-1&bearing=-1&accuracy=-1&altitude=x",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27", accuracy: 65_535)
        ),
        (
            "id=123456&lat=1&lon=2&timestamp=2013-08-22T15:14:27.000%2B02:00&valid=true&event=motionchange",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27")
        ),
        // The plus sign was not escaped.
        (
            "id=123456&lat=1&lon=2&timestamp=2013-08-22T15:14:27+02:00",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27")
        ),
        // A dilution, or OsmAnd's metres: the worse reading up to 20 m.
        (
            "id=123456&lat=1&lon=2&timestamp=1377177267&accuracy=0.0&hdop=3",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27", accuracy: 15)
        ),
        (
            "id=123456&lat=1&lon=2&timestamp=1377177267&hdop=10",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27", accuracy: 20)
        ),
        (
            "id=123456&lat=1&lon=2&timestamp=1377177267&hdop=35.0",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27", accuracy: 35)
        ),
        (
            "id=123456&lat=1&lon=2&timestamp=1377177267&hdop=35&accuracy=7",
            Expected(latitude: "1", longitude: "2", time: "2013-08-22T13:14:27", accuracy: 7)
        ),
        (
            "id=123456&lat=0.0&lon=0.0&timestamp=1377177267&hdop=&accuracy=0",
            Expected(latitude: "0", longitude: "0", time: "2013-08-22T13:14:27")
        ),
    ]

    /// Setups have the token where the id is not enough.
    @Test func acceptsTheTokenInPlaceOfTheID() async throws {
        let (queue, token) = (InMemoryQueue(), DeviceToken.random().text)
        let devices = InMemoryDevices([("jane", token)], areIDsEnough: false)
        let api = try APIUnderTest(queue, devices: devices)
        #expect(try await api.send(.get, "/osmand?id=\(token)&lat=1&lon=2").status == 200)
        #expect(try await api.send(.get, "/osmand?id=jane&lat=1&lon=2").status == 400)
        #expect(try await api.send(.get, "/osmand?id=\(DeviceToken.random().text)&lat=1&lon=2").status == 400)
        let ownTracks = #"{"_type":"location","lat":1,"lon":2,"tst":1777888800}"#
        #expect(try await api.send(.post, "/owntracks?u=jane", body: ownTracks).status == 401)
        #expect(queue.messages.map(\.report.device) == [DeviceNumber(stored: 1)])
    }

    @Test(arguments: queries)
    func acceptsAQuery(query: String, expected: Expected) async throws {
        for method in [HTTPMethod.get, .post] {
            let queue = InMemoryQueue()
            let answer = try await APIUnderTest(queue).send(method, "\(Self.path)?\(query)")
            #expect(answer.status == 200)
            #expect(answer.bytes.isEmpty)
            #expect(queue.messages.map(\.report) == [try #require(expected.report(of: 5))])
        }
    }

    @Test(arguments: queries)
    func acceptsTheSameAsAForm(form: String, expected: Expected) async throws {
        let queue = InMemoryQueue()
        let headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: headers, body: form)
        #expect(answer.status == 200)
        #expect(queue.messages.map(\.report) == [try #require(expected.report(of: 5))])
    }

    @Test(arguments: [
        (
            #"""
            {"location":{"timestamp":"2025-06-15T13:45:12.862Z","coords":{"latitude":37.42,"longitude":-122.08,"accuracy":5,
            "speed":0,"heading":-1,"altitude":5},"battery":{"level":1,"is_charging":false},"is_moving":false,"odometer":0,
            "event":"motionchange","activity":{"type":"still"},"extras":{}},"device_id":"48241179"}
            """#,
            Expected(
                latitude: "37.42",
                longitude: "-122.08",
                time: "2025-06-15T13:45:12.862",
                accuracy: 5,
                altitude: 5,
                speed: 0,
                battery: 100
            )
        ),
        (
            #"""
            {"device_id":48241179,"location":{"mock":true,"battery":{"level":-1},"coords":{"speed":-1,"latitude":"1",
            "longitude":2,"heading":12.5,"accuracy":null},"timestamp":1750000000}}
            """#,
            Expected(latitude: "1", longitude: "2", time: "2025-06-15T15:06:40", course: 13, isMock: true)
        ),
        (
            #"{"device_id":"48241179","location":{"coords":{"latitude":1,"longitude":2}}}"#,
            Expected(latitude: "1", longitude: "2", time: "2026-05-04T10:00:00")
        ),
    ])
    func acceptsJSON(body: String, expected: Expected) async throws {
        for headers in [["Content-Type": "application/json; charset=utf-8"], [:]] as [HTTPHeaders] {
            let queue = InMemoryQueue()
            let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: headers, body: body)
            #expect(answer.status == 200)
            #expect(answer.bytes.isEmpty)
            #expect(queue.messages.map(\.report) == [try #require(expected.report(of: 4))])
        }
    }

    @Test func acceptsSeveralLocationsAtOnce() async throws {
        let queue = InMemoryQueue()
        let one = #"{"timestamp":"2025-06-15T13:45:12Z","coords":{"latitude":1,"longitude":2}}"#
        let bad = #"{"timestamp":"2025-06-15T13:45:12Z","coords":{"latitude":91,"longitude":2}}"#
        let body = #"{"device_id":"48241179","location":[\#(one),\#(bad),{},\#(one)]}"#
        #expect(try await APIUnderTest(queue).send(.post, Self.path, body: body).status == 200)
        #expect(queue.messages.count == 2)
    }

    @Test(arguments: [
        "?id=123456", "?id=123456&batt=50&timestamp=1377177267", "?id=123456&lat=1&lon=2&valid=false",
    ])
    func acceptsAHeartbeat(query: String) async throws {
        let queue = InMemoryQueue()
        #expect(try await APIUnderTest(queue).send(.get, "\(Self.path)\(query)").status == 200)
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [
        #"{"device_id":"48241179"}"#,
        #"{"device_id":"48241179","location":{"event":"heartbeat","battery":{"level":1}}}"#,
        #"{"device_id":"48241179","location":null}"#, #"{"device_id":"48241179","location":{"coords":null}}"#,
    ])
    func acceptsAHeartbeatInJSON(body: String) async throws {
        let queue = InMemoryQueue()
        #expect(try await APIUnderTest(queue).send(.post, Self.path, body: body).status == 200)
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [
        ("?lat=1&lon=2", "", 400), ("?id=&lat=1&lon=2", "", 400), ("?id=unknown&lat=1&lon=2", "", 400),
        ("?id=a%20b&lat=1&lon=2", "", 400), ("", "id=unknown&lat=1&lon=2", 400), ("", "", 400),
        ("", #"{"device_id":"unknown","location":{}}"#, 404), ("", #"{"location":{}}"#, 400), ("", "{", 400),
        ("?id=123456&lat=91&lon=2", "", 400), ("?id=123456&lat=x&lon=2", "", 400), ("?id=123456&lat=1", "", 400),
        ("?id=123456&location=1", "", 400), ("?id=123456&lat=1&lon=2&timestamp=soon", "", 400),
        ("?id=123456&lat=1&lon=2&timestamp=1777889101", "", 400),
        ("?id=123456&lat=1&long=2", "", 400), ("?id=123456&lat=1&lon=2&timestamp=0", "", 400),
        ("?id=123456&lat=1&lon=2&time=12:30", "", 400), ("", "[]", 400), ("", "3", 400),
        ("", #"{"device_id":"123456","locations":[[1,2]]}"#, 400),
        ("", #"{"id":"123456","features":[{"type":"Feature","geometry":{"coordinates":[1,2]}}]}"#, 400),
        ("", #"[{"id":"123456","lat":91,"lon":2,"timestamp":1700000000}]"#, 400), ("?id=%zz", "", 400),
    ])
    func rejectsInvalidLocationsOfPhones(query: String, body: String, status: Int) async throws {
        let queue = InMemoryQueue()
        do {
            let answer = try await APIUnderTest(queue).send(.post, "\(Self.path)\(query)", body: body)
            #expect(answer.status == status)
        } catch let problem as Problem {
            // The escape is malformed before there is a request.
            #expect(problem.status.code == status)
        }
        #expect(queue.messages.isEmpty)
    }

    @Test func needsNoTokenEvenIfOtherProtocolsDo() async throws {
        let api = try APIUnderTest(InMemoryQueue(), requiresTokens: true)
        #expect(try await api.send(.get, "\(Self.path)?id=123456&lat=1&lon=2").status == 200)
    }

    @Test func answers503WhileTheQueueIsUnavailable() async throws {
        let api = try APIUnderTest(InMemoryQueue(failure: LocationQueueError(.full)))
        #expect(try await api.send(.get, "\(Self.path)?id=123456&lat=1&lon=2").status == 503)
    }
}
