import HTTPServer
import Observability
import RESTTestSupport
import Testing

@testable import LocationProducer

/// Invalid locations: each is answered 400 or 413 with what was expected, and the queue gets nothing.
@Suite struct BadLocationTests {
    private static let missing = "Missing data for required field."
    private static let latitude = "Must be a number of degrees from -90 to 90."
    private static let longitude = "Must be a number of degrees from -180 to 180."
    private static let person = "an integer from 1 to 2147483647."
    private static let time = "Not a valid datetime: expected ISO 8601 like 2020-08-15T10:37:06, from 1970 on."
    private static let accuracy = "Must be a number of metres, 0 or more."
    private static let noAccuracy = "Not a valid number: must be a number of metres, 0 or more."

    @Test(arguments: [
        (#"{}"#, ["person_id": missing, "latitude": missing, "longitude": missing]),
        (#"{"person_id": 1, "latitude": 91, "longitude": 0}"#, ["latitude": latitude]),
        (#"{"person_id": 1, "latitude": "-90.0000001", "longitude": 0}"#, ["latitude": latitude]),
        (#"{"person_id": 1, "latitude": -122.2, "longitude": 37.5}"#, ["latitude": latitude]),
        (#"{"person_id": 1, "latitude": 1e400, "longitude": 0}"#, ["latitude": latitude]),
        (#"{"person_id": 1, "latitude": 0, "longitude": 180.0000001}"#, ["longitude": longitude]),
        (#"{"person_id": 1, "latitude": 0, "longitude": 99999999999999999999999999}"#, ["longitude": longitude]),
        (
            #"{"person_id": 1, "latitude": "NaN", "longitude": "Infinity"}"#,
            ["latitude": "Not a valid number: \(latitude)", "longitude": "Not a valid number: \(longitude)"]
        ),
        (
            #"{"person_id": 1, "latitude": "", "longitude": "1,5"}"#,
            ["latitude": "Not a valid number: \(latitude)", "longitude": "Not a valid number: \(longitude)"]
        ),
        (
            #"{"person_id": 1, "latitude": null, "longitude": [0]}"#,
            ["latitude": "Not a valid number: \(latitude)", "longitude": "Not a valid number: \(longitude)"]
        ),
        (#"{"person_id": 0, "latitude": 0, "longitude": 0}"#, ["person_id": "Must be \(person)"]),
        (#"{"person_id": -1, "latitude": 0, "longitude": 0}"#, ["person_id": "Must be \(person)"]),
        (#"{"person_id": 2147483648, "latitude": 0, "longitude": 0}"#, ["person_id": "Must be \(person)"]),
        (
            #"{"person_id": 99999999999999999999, "latitude": 0, "longitude": 0}"#,
            ["person_id": "Not a valid integer: must be \(person)"]
        ),
        (
            #"{"person_id": "seven", "latitude": 0, "longitude": 0}"#,
            ["person_id": "Not a valid integer: must be \(person)"]
        ),
        (
            #"{"person_id": 1.5, "latitude": 0, "longitude": 0}"#,
            ["person_id": "Not a valid integer: must be \(person)"]
        ),
        (
            #"{"person_id": true, "latitude": 0, "longitude": 0}"#,
            ["person_id": "Not a valid integer: must be \(person)"]
        ),
        (#"{"person_id": 1, "latitude": 0, "longitude": 0, "heading": 35}"#, ["heading": "Unknown field."]),
        (
            #"{"person_id": 1, "latitude": 0, "longitude": 0, "altitude": 1e5, "speed": -1, "course": 361, "battery": 101}"#,
            [
                "altitude": "Must be a number of metres from -12000 to 32000.",
                "speed": "Must be a number of metres per second from 0 to 3000.",
                "course": "Must be a number of degrees from 0 to 360.",
                "battery": "Must be a number of percent from 0 to 100.",
            ]
        ),
        (
            #"{"person_id": 1, "latitude": 0, "longitude": 0, "altitude": "high", "mock": "yes"}"#,
            [
                "altitude": "Not a valid number: must be a number of metres from -12000 to 32000.",
                "mock": "Not a valid boolean: must be true or false.",
            ]
        ),
        (#"[1]"#, ["": "Invalid input type: expected an object."]),
        (#""here""#, ["": "Invalid input type: expected an object."]),
    ])
    func namesEachInvalidField(body: String, errors: [String: String]) async throws {
        let queue = InMemoryQueue()
        let metrics = MetricsRegistry()
        let answer = try await APIUnderTest(queue, metrics: metrics).send(.post, "/api/locations", body: body)
        #expect(answer.status == 400)
        let legacy = errors.map { ($0.isEmpty ? "_schema" : $0, JSONValue.array([.string($1)])) }
        #expect(try answer.json["schema_errors"] == .object(Dictionary(uniqueKeysWithValues: legacy)))
        let pointers = errors.map { ($0.isEmpty ? "" : "/\($0)", [$1]) }
        #expect(try answer.errors == Dictionary(uniqueKeysWithValues: pointers))
        #expect(queue.messages.isEmpty)
        #expect(String(decoding: metrics.prometheusText(), as: UTF8.self).contains("locations_rejected_total 1"))
    }

    @Test(arguments: [
        ("\"2026-02-29T10:00:00\"", time), ("\"2026-04-31T10:00:00\"", time), ("\"2026-13-01T10:00:00\"", time),
        ("\"2026-05-04T24:00:00\"", time), ("\"2026-05-04T10:60:00\"", time), ("\"2026-05-04T10:00:61\"", time),
        ("\"1969-12-31T23:59:59\"", time), ("\"2026-05-04\"", time), ("\"yesterday\"", time), ("\"\"", time),
        ("\"2026-05-04T10:00:00+25:00\"", time), ("\"2026-05-04T10:00:00 UTC\"", time),
        ("\"2026-05-04T10:05:00.000001Z\"", "Must not be more than 5 minutes in the future."),
        ("\"2026-05-04T10:00:00-01:00\"", "Must not be more than 5 minutes in the future."),
        ("\"9999-12-31T23:59:59\"", "Must not be more than 5 minutes in the future."),
        ("1777888800", "Not a valid datetime: expected an ISO 8601 string like 2020-08-15T10:37:06."),
        ("{}", "Not a valid datetime: expected an ISO 8601 string like 2020-08-15T10:37:06."),
    ])
    func rejectsInvalidTimes(time: String, message: String) async throws {
        let body = #"{"person_id": 1, "latitude": 0, "longitude": 0, "creation_time": \#(time)}"#
        let answer = try await APIUnderTest(InMemoryQueue()).send(.post, "/api/locations", body: body)
        #expect(answer.status == 400)
        #expect(try answer.errors == ["/creation_time": [message]])
    }

    @Test(arguments: [
        #"{"person_id":1,"person_id":2,"latitude":1,"longitude":2}"#,
        #"{"person_id":1,"person\u005fid":2,"latitude":1,"longitude":2}"#,
        #"{"person_id":1,"latitude":1,"longitude":2,"creation_time":null,"creation_time":null}"#,
        #"{"person_id":1,"latitude":1,"longitude":2,"id":1,"id":2}"#,
        #"{"person_id":1,"latitude":1,"longitude":2,"speed":1,"speed":1}"#,
    ])
    func rejectsRepeatedMembers(body: String) async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        for (path, body) in [("/api/locations", body), ("/api/locations/batch", "[\(body)]")] {
            let answer = try await api.send(.post, path, body: body)
            #expect(answer.status == 400)
            #expect(try answer.json["detail"]?.string?.contains("has a member of this name already") == true)
        }
        let lines: HTTPHeaders = ["Content-Type": "application/x-ndjson"]
        let answer = try await api.send(.post, "/api/locations/batch", headers: lines, body: body)
        #expect(answer.status == 207)
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [
        ("-1", accuracy), ("-0.001", accuracy), ("\"-5\"", accuracy), ("1e400", accuracy), ("-1e400", accuracy),
        ("\"NaN\"", noAccuracy), ("\"inf\"", noAccuracy), ("\"\"", noAccuracy), ("\"5 m\"", noAccuracy),
        ("\"0x10\"", noAccuracy), ("\"1,5\"", noAccuracy), ("\"1e\"", noAccuracy), ("true", noAccuracy),
        ("[5]", noAccuracy), ("{}", noAccuracy),
    ])
    func rejectsInvalidAccuracies(accuracy: String, message: String) async throws {
        let body = #"{"person_id": 1, "latitude": 0, "longitude": 0, "accuracy": \#(accuracy)}"#
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        let one = try await api.send(.post, "/api/locations", body: body)
        #expect(one.status == 400)
        #expect(try one.errors == ["/accuracy": [message]])
        for (type, batch) in [("application/json", "[\(body)]"), ("application/x-ndjson", body)] {
            let many = try await api.send(.post, "/api/locations/batch", headers: ["Content-Type": type], body: batch)
            #expect(many.status == 207)
            #expect(try many.json["items"]?[0]?["errors"]?[0]?["pointer"]?.string == "/0/accuracy")
            #expect(try many.json["items"]?[0]?["errors"]?[0]?["detail"]?.string == message)
        }
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [
        "", "{", "NaN", #"{"person_id": 1, "latitude": NaN, "longitude": 0}"#, "{}{}", "\u{0}", "{\"a\": 1,}",
    ])
    func locatesSyntaxErrors(body: String) async throws {
        let answer = try await APIUnderTest(InMemoryQueue()).send(.post, "/api/locations", body: body)
        #expect(answer.status == 400)
        // Of two objects, the first one is read.
        if body != "{}{}" {
            let detail = try #require(try answer.json["detail"]?.string)
            #expect(detail.hasPrefix("The body is not the JSON that was expected: malformed JSON at byte "))
        }
    }

    @Test func rejectsTextAfterALocation() async throws {
        let queue = InMemoryQueue()
        let body = #"{"person_id": 1, "latitude": 0, "longitude": 0} {"person_id": 2}"#
        let answer = try await APIUnderTest(queue).send(.post, "/api/locations", body: body)
        #expect(answer.status == 400)
        #expect(
            try answer.json["detail"]?.string?.hasSuffix("malformed JSON at byte 48: there is text behind the value.")
                == true
        )
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [("/api/locations", 65_536), ("/api/locations/batch", 10_485_760)])
    func rejectsLargeBodies(path: String, limit: Int) async throws {
        let body = [UInt8](repeating: UInt8(ascii: " "), count: limit + 1)
        let answer = try await APIUnderTest(InMemoryQueue()).send(.post, path, body: body)
        #expect(answer.status == 413)
        #expect(try answer.json["detail"]?.string == "The body is larger than the \(limit) bytes that are taken here.")
    }
}
