import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import Observability
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct LocationRoutesTests {
    @Test func describesExactlyTheRoutes() throws {
        let api = try APIUnderTest(InMemoryQueue())
        // The phones' addresses have variants with more slashes.
        let plain = api.operations.map { operation in
            let parts = operation.split(separator: "/", omittingEmptySubsequences: true)
            return parts.count == 1 ? operation : parts.joined(separator: "/")
        }
        #expect(Set(api.description.operations) == Set(plain))
        #expect(api.operations.contains("POST /api/locations/batch"))
    }

    @Test func answersLikeTheLegacyAPI() async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue).send(
            .post,
            "/api/locations",
            body:
                #"{"person_id": 7, "latitude": "52.5163", "longitude": "13.3777", "creation_time": "2020-08-15T10:37:06"}"#
        )
        #expect(answer.status == 200)
        #expect(
            answer.text == #"{"id":4294967296,"person_id":7,"longitude":"13.3777","latitude":"52.5163","#
                + #""creation_time":"2020-08-15T10:37:06"}"#
        )
        #expect(answer.headers["Location"] == "/api/locations/4294967296")
        let message = try #require(queue.messages.first)
        #expect(message.receivedAt == noon)
        #expect(message.report.creationTime == Timestamp(microseconds: 1_597_487_826_000_000))
    }

    @Test func rejectsALocationOfAnUnknownPerson() async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue, persons: InMemoryPersons(unknown: [9]))
            .send(.post, "/api/locations", body: #"{"person_id": 9, "latitude": 1, "longitude": 2}"#)
        #expect(answer.status == 422)
        let expected = "No person has this number: it was never assigned, or the person was erased."
        #expect(try answer.errors == ["/person_id": [expected]])
        #expect(try answer.json["schema_errors"]?["person_id"]?[0]?.string == expected)
        #expect(queue.messages.isEmpty)
    }

    /// The queue receives the caller's trace, with a span of this process.
    @Test(arguments: [("/api/locations", "application/json"), ("/api/locations/batch", "application/x-ndjson")])
    func propagatesTheTraceToTheQueue(path: String, type: String) async throws {
        let queue = InMemoryQueue()
        let caller = TraceContext(isSampled: true)
        let answer = try await APIUnderTest(queue).send(
            .post,
            path,
            headers: ["traceparent": caller.traceparent, "Content-Type": type],
            body: #"{"person_id": 7, "latitude": 1, "longitude": 2}"#
        )
        #expect(answer.status == 200)
        let trace = try #require(queue.trace)
        #expect(trace.traceID == caller.traceID)
        #expect(trace.spanID != caller.spanID)
        #expect(trace.isSampled)
    }

    @Test(arguments: [
        (#""latitude": 52.5163, "longitude": 13.3777"#, "52.5163", "13.3777"),
        (#""latitude": "-90", "longitude": 180"#, "-90", "180"),
        (#""latitude": 90.0000000, "longitude": "-180.00""#, "90", "-180"),
        (#""latitude": 3.75e1, "longitude": "-1.2229e2""#, "37.5", "-122.29"),
        (#""latitude": 0.00000004, "longitude": 0.00000005"#, "0", "0.0000001"),
        (#""latitude": -0.0, "longitude": "+1""#, "0", "1"),
    ])
    func acceptsNumbersAndDecimalText(angles: String, latitude: String, longitude: String) async throws {
        let api = try APIUnderTest(InMemoryQueue())
        let answer = try await api.send(.post, "/api/locations", body: #"{"person_id": "7", \#(angles)}"#)
        #expect(answer.status == 200)
        #expect(try answer.json["latitude"]?.string == latitude)
        #expect(try answer.json["longitude"]?.string == longitude)
        #expect(try answer.json["person_id"]?.number == 7)
    }

    @Test(arguments: ["7", #""7""#, "7.0", #""7.00""#])
    func acceptsPersonNumbers(number: String) async throws {
        let api = try APIUnderTest(InMemoryQueue())
        let body = #"{"person_id": \#(number), "latitude": 1, "longitude": 2}"#
        #expect(try await api.send(.post, "/api/locations", body: body).json["person_id"]?.number == 7)
    }

    @Test(arguments: [
        ("", "2026-05-04T10:00:00"),
        (#", "creation_time": null"#, "2026-05-04T10:00:00"),
        (#", "creation_time": "2026-05-04T10:05:00Z""#, "2026-05-04T10:05:00"),
        (#", "creation_time": "2026-05-04T12:00:00+02:00""#, "2026-05-04T10:00:00"),
        (#", "creation_time": "2026-05-04T03:00:00-0700""#, "2026-05-04T10:00:00"),
        (#", "creation_time": "2026-05-04 10:00:00.1234567""#, "2026-05-04T10:00:00.123456"),
        (#", "creation_time": "1970-01-01T00:00:00""#, "1970-01-01T00:00:00"),
        (#", "creation_time": "2024-02-29T23:59:59.5""#, "2024-02-29T23:59:59.500000"),
        (#", "id": "whatever""#, "2026-05-04T10:00:00"),
    ])
    func acceptsTimesInISO8601(member: String, time: String) async throws {
        let api = try APIUnderTest(InMemoryQueue())
        let body = #"{"person_id": 1, "latitude": 0, "longitude": 0\#(member)}"#
        let answer = try await api.send(.post, "/api/locations", body: body)
        #expect(answer.status == 200)
        #expect(try answer.json["creation_time"]?.string == time)
    }

    @Test(
        arguments: [
            ("", nil), (#", "accuracy": null"#, nil), (#", "accuracy": 0"#, 1), (#", "accuracy": 12"#, 12),
            (#", "accuracy": 4.000001"#, 5), (#", "accuracy": "30.0""#, 30), (#", "accuracy": "+1.2e1""#, 12),
            (#", "accuracy": 100000"#, 65_535),
        ] as [(String, Int?)]
    )
    func acceptsAccuracies(member: String, metres: Int?) async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        let body = #"{"person_id": 1, "latitude": 0, "longitude": 0\#(member)}"#
        let answer = try await api.send(.post, "/api/locations", body: body)
        #expect(answer.status == 200)
        #expect(try answer.json["accuracy"]?.number == metres.map(Double.init))
        _ = try await api.send(.post, "/api/locations/batch", body: "[\(body)]")
        let lines: HTTPHeaders = ["Content-Type": "application/x-ndjson"]
        _ = try await api.send(.post, "/api/locations/batch", headers: lines, body: body)
        #expect(queue.messages.map { $0.report.accuracy.map { Int($0.metres) } } == [metres, metres, metres])
    }

    @Test func acceptsTelemetry() async throws {
        let queue = InMemoryQueue()
        let body = #"""
            {"person_id": 1, "latitude": 0, "longitude": 0, "altitude": 34.6, "speed": "1.25", "course": 359.9, "battery": null,
            "mock": true}
            """#
        let answer = try await APIUnderTest(queue).send(.post, "/api/locations", body: body)
        #expect(answer.status == 200)
        #expect(answer.text.hasSuffix(#","altitude":35,"speed":1.3,"course":0,"mock":true}"#))
        let report = try #require(queue.messages.first?.report)
        #expect(report.telemetry == Telemetry(altitude: 35, speed: 1.3, course: 0))
        #expect(report.isMock)
    }

    @Test(arguments: [
        (LocationQueueError.Code.full, "The queue takes no more messages at this moment: try again shortly."),
        (.unavailable, "The queue cannot be reached: try again shortly."),
        (.stopped, "The queue is shutting down: try again with another instance."),
    ])
    func answersUnavailableIfTheQueueFails(code: LocationQueueError.Code, detail: String) async throws {
        let metrics = MetricsRegistry()
        let api = try APIUnderTest(InMemoryQueue(failure: LocationQueueError(code)), metrics: metrics)
        let one = #"{"person_id": 1, "latitude": 0, "longitude": 0}"#
        for (path, body) in [("/api/locations", one), ("/api/locations/batch", "[\(one)]")] {
            let answer = try await api.send(.post, path, body: body)
            #expect(answer.status == 503)
            #expect(answer.headers["Retry-After"] == "1")
            #expect(try answer.json["detail"]?.string == detail)
        }
        #expect(String(decoding: metrics.prometheusText(), as: UTF8.self).contains("locations_accepted_total 0"))
    }

    @Test(arguments: [LocationQueueError.Code.partitionCount, .corruptBlock, .offsetBeyondNumbering, .offsetOutOfRange])
    func answersFailuresThatARetryCannotMend(code: LocationQueueError.Code) async throws {
        let api = try APIUnderTest(InMemoryQueue(failure: LocationQueueError(code)))
        let answer = try await api.send(
            .post,
            "/api/locations",
            body: #"{"person_id": 1, "latitude": 0, "longitude": 0}"#
        )
        #expect(answer.status == 500)
        #expect(answer.headers["Retry-After"] == nil)
    }

    @Test func listsTheMethodsOfAPath() async throws {
        let answer = try await APIUnderTest(InMemoryQueue()).send(.get, "/api/locations")
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == "POST, OPTIONS")
    }
}
