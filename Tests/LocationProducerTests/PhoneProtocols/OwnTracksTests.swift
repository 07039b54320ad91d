import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct OwnTracksTests {
    private static let path = "/owntracks"
    private static let jane: HTTPHeaders = ["Authorization": "Basic amFuZTpzZWNyZXQ="]

    /// Recorded from the apps, or from their documentation.
    @Test(arguments: [
        // The booklet's, Android.
        (
            #"""
            {"_type":"location","lat":48.856826,"lon":2.292713,"tst":1456212791,"acc":12,"alt":35,"vac":4,"vel":5,"cog":270,
            "batt":87,"conn":"w","t":"u","tid":"JJ","topic":"owntracks/jane/phone","created_at":1456212800}
            """#,
            Expected(
                latitude: "48.856826",
                longitude: "2.292713",
                time: "2016-02-23T07:33:11",
                accuracy: 12,
                altitude: 35,
                speed: 1.4,
                course: 270,
                battery: 87
            )
        ),
        // iOS: without zero values, in another order, with regions.
        (
            #"""
            {"tst":1700000000,"inregions":["home"],"lon":-122.030581,"BSSID":"a:b","lat":37.3318,"_type":"location","m":1,
            "motionactivities":["stationary"],"p":101.3,"inrids":["1"],"bs":2}
            """#,
            Expected(latitude: "37.3318", longitude: "-122.030581", time: "2023-11-14T22:13:20")
        ),
        // Overland's OwnTracks mode: seconds since 2001, −1 for unknown values.
        (
            #"""
            {"_type":"location","tst":721692800,"lat":1e1,"lon":"-0.5","acc":-1,"vel":-3.6,"cog":-1,"alt":-10.6,"batt":100,
            "tid":"JJ"}
            """#,
            Expected(
                latitude: "10",
                longitude: "-0.5",
                time: "2023-11-14T22:13:20",
                accuracy: 65_535,
                altitude: -11,
                battery: 100
            )
        ),
        (
            #"{"_type":"location","lat":0,"lon":0,"tst":"1700000000.25","acc":65.4,"vel":0,"cog":360,"batt":101}"#,
            Expected(latitude: "0", longitude: "0", time: "2023-11-14T22:13:20.25", accuracy: 66, speed: 0, course: 0)
        ),
        // Android's ping repeats the last fix, 15 minutes later.
        (
            #"{"_type":"location","t":"p","lat":1,"lon":2,"acc":8,"tst":1700000000,"created_at":1700000900,"m":1}"#,
            Expected(latitude: "1", longitude: "2", time: "2023-11-14T22:28:20", accuracy: 8, isHeartbeat: true)
        ),
        // So does iOS's timer in move mode.
        (
            #"{"_type":"location","t":"t","lat":1,"lon":2,"tst":1700000000,"created_at":1700000300}"#,
            Expected(latitude: "1", longitude: "2", time: "2023-11-14T22:18:20", isHeartbeat: true)
        ),
        // A ping with a new fix is a fix, and so is a late message.
        (
            #"{"_type":"location","t":"p","lat":1,"lon":2,"tst":1700000000,"created_at":1700000000}"#,
            Expected(latitude: "1", longitude: "2", time: "2023-11-14T22:13:20")
        ),
        (
            #"{"_type":"location","t":"p","lat":1,"lon":2,"tst":1700000000}"#,
            Expected(latitude: "1", longitude: "2", time: "2023-11-14T22:13:20")
        ),
        (
            #"{"_type":"location","t":"u","lat":1,"lon":2,"tst":1700000000,"created_at":1700000900}"#,
            Expected(latitude: "1", longitude: "2", time: "2023-11-14T22:13:20")
        ),
    ])
    func acceptsALocation(body: String, expected: Expected) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.jane, body: body)
        #expect(answer.status == 200)
        #expect(answer.text == "[]")
        #expect(queue.messages.map(\.report) == [try #require(expected.report(of: 1))])
        #expect(queue.messages.first?.receivedAt == noon)
    }

    @Test(
        arguments: [
            ("/owntracks", ["Authorization": "Basic Ym86aGlkZGVu"], "owntracks/jane/x", 2),
            ("/owntracks?u=bo&d=phone", [:], "owntracks/jane/x", 2),
            ("/owntracks", ["X-Limit-U": "bo", "X-Limit-D": "phone"], "owntracks/jane/x", 2),
            ("/owntracks?u=jane", ["X-Limit-U": "bo"], "owntracks/JJ/x", 1),
            ("/owntracks", [:], "owntracks/jane/x", 1), ("/owntracks", [:], "", 3),
            ("/owntracks", ["Authorization": "Basic amFuZTo="], "", 1),
        ] as [(String, [String: String], String, Int)]
    )
    func identifiesThePhoneByTheFirstCredential(
        target: String,
        fields: [String: String],
        topic: String,
        person: Int
    ) async throws {
        let queue = InMemoryQueue()
        var headers: HTTPHeaders = [:]
        for (name, value) in fields { headers[HeaderName(name)] = value }
        let body = #"{"_type":"location","lat":1,"lon":2,"tst":1700000000,"tid":"JJ","topic":"\#(topic)"}"#
        #expect(try await APIUnderTest(queue).send(.post, target, headers: headers, body: body).status == 200)
        #expect(queue.messages.map { Int($0.report.personID.rawValue) } == [person])
    }

    @Test(
        arguments: [
            "Basic amFuZTp3cm9uZw==", "Basic bm9ib2R5OnNlY3JldA==", "Basic Ym86c2VjcmV0", "Bearer x", nil,
        ] as [String?]
    )
    func rejectsAnUnregisteredPhone(authorization: String?) async throws {
        let queue = InMemoryQueue()
        let headers: HTTPHeaders = authorization.map { ["Authorization": $0] } ?? [:]
        let body = #"{"_type":"location","lat":1,"lon":2,"tst":1700000000,"tid":"??"}"#
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: headers, body: body)
        #expect(answer.status == 401)
        #expect(answer.headers["WWW-Authenticate"] == #"Basic realm="UdaConnect""#)
        #expect(queue.messages.isEmpty)
    }

    @Test func requiresThePasswordIfConfigured() async throws {
        let api = try APIUnderTest(InMemoryQueue(), requiresTokens: true)
        let body = #"{"_type":"location","lat":1,"lon":2,"tst":1700000000,"topic":"owntracks/jane/x"}"#
        #expect(try await api.send(.post, Self.path, body: body).status == 401)
        #expect(try await api.send(.post, Self.path, headers: Self.jane, body: body).status == 200)
    }

    @Test(arguments: [
        "", "{", "7", "[]", "null", #"{"lat":1,"tst":1700000000}"#,
        #"{"_type":"encrypted","data":"x"}"#, #"{"_type":"lwt","tst":1}"#, #"{"_type":"cmd","action":"dump"}"#,
        #"{"_type":"waypoint","desc":"home","lat":1,"lon":2,"rad":50,"tst":1437552714}"#,
        #"{"_type":"waypoints","waypoints":[{"_type":"waypoint"}]}"#,
        #"{"_type":"transition","event":"enter","lat":1,"lon":2,"wtst":1,"tst":2,"acc":3,"tid":"JJ"}"#,
        #"{"_type":"steps","steps":100}"#, #"{"_type":"card","name":"J"}"#, #"{"_type":"status"}"#,
        #"{"_type":"beacon","uuid":"x"}"#, #"{"_type":"request","request":"tour"}"#,
    ])
    func skipsMessagesWithoutALocation(body: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue).send(.post, Self.path, body: body)
        #expect(answer.status == 200)
        #expect(answer.text == "[]")
        #expect(queue.messages.isEmpty)
    }

    /// Otherwise the phone would repeat it forever, and send nothing after it.
    @Test(arguments: [
        #"{"_type":"location","tst":1700000000}"#, #"{"_type":"location","lat":91,"lon":2,"tst":1700000000}"#,
        #"{"_type":"location","lat":"north","lon":2,"tst":1700000000}"#, #"{"_type":"location","lat":1,"lon":2}"#,
        #"{"_type":"location","lat":1,"lon":2,"tst":1e300}"#, #"{"_type":"location","lat":1,"lon":2,"tst":1777889101}"#,
        #"{"_type":"location","lat":1,"lon":2,"tst":-1e9}"#,
    ])
    func acknowledgesPermanentlyInvalidMessages(body: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: Self.jane, body: body)
        #expect(answer.status == 200)
        #expect(queue.messages.isEmpty)
    }

    @Test func answers503WhileTheQueueIsUnavailable() async throws {
        let api = try APIUnderTest(InMemoryQueue(failure: LocationQueueError(.unavailable)))
        let body = #"{"_type":"location","lat":1,"lon":2,"tst":1700000000}"#
        #expect(try await api.send(.post, Self.path, headers: Self.jane, body: body).status == 503)
    }
}
