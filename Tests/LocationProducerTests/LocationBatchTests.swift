import HTTPServer
import Observability
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct LocationBatchTests {
    private static let good = #"{"person_id": 1, "latitude": 1, "longitude": 2}"#
    private static let bad = #"{"person_id": 1, "latitude": 91, "longitude": 2}"#
    private static let ndjson: HTTPHeaders = ["Content-Type": "application/x-ndjson"]
    private static let path = "/api/locations/batch"
    private static let latitude = "Must be a number of degrees from -90 to 90."

    @Test(arguments: [("[\(good), \(good)]", "application/json"), ("\(good)\n\(good)\n", "application/x-ndjson")])
    func acceptsArraysAndLines(body: String, type: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue).send(.post, Self.path, headers: ["Content-Type": type], body: body)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"accepted":2,"rejected":0,"items":[{"id":4294967296},{"id":4294967360}]}"#)
        #expect(queue.messages.count == 2)
    }

    @Test(arguments: [
        "", "text/plain", "text/plain; x=application/json", "text/plain; x=ndjson",
        "multipart/form-data; boundary=ndjson",
        "application/x-www-form-urlencoded", "application/jsonp", "*/*",
    ])
    func rejectsOtherMediaTypes(type: String) async throws {
        let queue = InMemoryQueue()
        let headers: HTTPHeaders = type.isEmpty ? [:] : ["Content-Type": type]
        for path in ["/api/locations", Self.path] {
            let answer = try await APIUnderTest(queue).send(.post, path, headers: headers, body: Self.good)
            #expect(answer.status == 415)
            #expect(try answer.errors["Content-Type"]?.first?.hasPrefix("Expected application/json") == true)
        }
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: ["application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.udaconnect+json"])
    func acceptsAllJSONTypes(type: String) async throws {
        let answer = try await APIUnderTest(InMemoryQueue())
            .send(.post, Self.path, headers: ["Content-Type": type], body: "[\(Self.good)]")
        #expect(answer.status == 200)
    }

    @Test func acceptsValidItemsBesideInvalidOnes() async throws {
        let queue = InMemoryQueue()
        let metrics = MetricsRegistry()
        let items = [Self.good, Self.bad, "7", Self.good, #"{"latitude": "x", "longitude": 0, "hurry": 1}"#]
        let answer = try await APIUnderTest(queue, metrics: metrics)
            .send(.post, Self.path, body: "[\(items.joined(separator: ", "))]")
        #expect(answer.status == 207)
        #expect(
            answer.text == #"{"accepted":2,"rejected":3,"items":[{"id":4294967296},"#
                + #"{"errors":[{"pointer":"/1/latitude","detail":"\#(Self.latitude)"}]},"#
                + #"{"errors":[{"pointer":"/2","detail":"Invalid input type: expected an object."}]},{"id":4294967360},"#
                + #"{"errors":[{"pointer":"/4/latitude","detail":"Not a valid number: \#(Self.latitude)"},"#
                + #"{"pointer":"/4/hurry","detail":"Unknown field."},"#
                + #"{"pointer":"/4/person_id","detail":"Missing data for required field."}]}]}"#
        )
        #expect(queue.messages.count == 2)
        let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
        #expect(text.contains("locations_accepted_total 2"))
        #expect(text.contains("locations_rejected_total 3"))
    }

    @Test func continuesAfterAMalformedLine() async throws {
        let queue = InMemoryQueue()
        let lines = [
            Self.good, "{\"person_id\": 1, ", "", "not JSON", Self.good + " " + Self.good, Self.bad, Self.good,
        ]
        let answer = try await APIUnderTest(queue)
            .send(.post, Self.path, headers: Self.ndjson, body: lines.joined(separator: "\n"))
        #expect(answer.status == 207)
        #expect(try answer.json["accepted"]?.number == 2)
        #expect(try answer.json["rejected"]?.number == 4)
        let items = try #require(try answer.json["items"]?.elements)
        #expect(items.map { $0["errors"]?[0]?["pointer"]?.string } == [nil, "/1", "/2", "/3", "/4/latitude", nil])
        let details = items.compactMap { $0["errors"]?[0]?["detail"]?.string }
        #expect(details[0] == "This line is malformed JSON at byte 65: the text ends inside a value.")
        #expect(details[1] == "This line is malformed JSON at byte 68: this character cannot stand here.")
        #expect(details[2].hasSuffix(": there is text behind the value."))
        #expect(queue.messages.count == 2)
    }

    @Test(arguments: [
        ("[]", "application/json"), (" [ ] ", "application/json"), ("", "application/x-ndjson"),
        ("\n\n", "application/x-ndjson"),
    ])
    func acceptsAnEmptyBatch(body: String, type: String) async throws {
        let answer = try await APIUnderTest(InMemoryQueue())
            .send(.post, Self.path, headers: ["Content-Type": type], body: body)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"accepted":0,"rejected":0,"items":[]}"#)
    }

    @Test(arguments: [10_000, 10_001])
    func limitsArraysToTenThousandItems(count: Int) async throws {
        let queue = InMemoryQueue()
        let items = Array(repeating: Self.good, count: count).joined(separator: ",")
        let answer = try await APIUnderTest(queue).send(.post, Self.path, body: "[\(items)]")
        #expect(answer.status == (count == 10_000 ? 200 : 413))
        #expect(queue.messages.count == (count == 10_000 ? 10_000 : 0))
        if count > 10_000 {
            #expect(try answer.json["detail"]?.string == "A batch has at most 10000 locations; send several.")
        }
    }

    @Test(arguments: ["[", "[\(good)", "[\(good),]", "[\(good)] x", "[NaN]", "hello", ""])
    func rejectsAMalformedArray(body: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue)
            .send(.post, Self.path, headers: ["Content-Type": "application/json"], body: body)
        #expect(answer.status == 400)
        #expect(try answer.json["detail"]?.string?.contains("malformed JSON at byte ") == true)
        #expect(queue.messages.isEmpty)
    }

    @Test(arguments: [good, "{\n\"person_id\": 1\n}", "7", "\"x\"", "null"])
    func requiresAnArrayForTheJSONType(body: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue)
            .send(.post, Self.path, headers: ["Content-Type": "application/json; charset=utf-8"], body: body)
        #expect(answer.status == 400)
        #expect(
            try answer.errors == ["": ["Invalid input type: expected an array of locations, or one location per line."]]
        )
        #expect(queue.messages.isEmpty)
    }

    /// Items of unknown persons, anywhere among valid and invalid items; the others keep their verdicts.
    @Test(arguments: ["application/json", "application/x-ndjson"])
    func rejectsItemsOfUnknownPersons(type: String) async throws {
        let queue = InMemoryQueue()
        let metrics = MetricsRegistry()
        let unknown = #"{"person_id": 9, "latitude": 1, "longitude": 2}"#
        let items = [unknown, Self.good, Self.bad, unknown, Self.good, unknown, Self.bad]
        let isArray = type == "application/json"
        let body = isArray ? "[\(items.joined(separator: ","))]" : items.joined(separator: "\n")
        let answer = try await APIUnderTest(queue, metrics: metrics, persons: InMemoryPersons(unknown: [9]))
            .send(.post, Self.path, headers: ["Content-Type": type], body: body)
        #expect(answer.status == 207)
        #expect(try answer.json["accepted"]?.number == 2)
        #expect(try answer.json["rejected"]?.number == 5)
        let verdicts = try #require(try answer.json["items"]?.elements)
        #expect(
            verdicts.map { $0["errors"]?[0]?["pointer"]?.string } == [
                "/0/person_id", nil, "/2/latitude", "/3/person_id", nil, "/5/person_id", "/6/latitude",
            ]
        )
        #expect(queue.messages.count == 2)
        let text = String(decoding: metrics.prometheusText(), as: UTF8.self)
        #expect(text.contains("locations_of_unknown_persons_total 3"))
        #expect(text.contains("locations_rejected_total 5"))
    }

    /// 300,000 lines of unknown persons, less than a megabyte with gzip, would be 64 MB of dead letters.
    @Test func appendsNoLinesOfUnknownPersons() async throws {
        let queue = InMemoryQueue()
        let persons = InMemoryPersons(unknown: [2_000_000_000])
        var body = ""
        for second in 0..<30_000 {
            body += #"{"person_id":2000000000,"latitude":1,"longitude":\#(second % 180)}"# + "\n"
        }
        let answer = try await APIUnderTest(queue, persons: persons)
            .send(.post, Self.path, headers: Self.ndjson, body: body)
        #expect(try answer.json["accepted"]?.number == 0)
        #expect(try answer.json["rejected"]?.number == 30_000)
        #expect(queue.messages.isEmpty)
        #expect(persons.asked.count == 3)
    }

    @Test func acceptsEscapedLineBreaksInStrings() async throws {
        let line = #"{"person_id": 1, "latitude": 1, "longitude": 2, "id": "a\nb"}"#
        let answer = try await APIUnderTest(InMemoryQueue())
            .send(.post, Self.path, headers: Self.ndjson, body: "\(line)\n\(line)")
        #expect(try answer.json["accepted"]?.number == 2)
    }
}
