import HTTPServer
import LocationQueue
import Models
import Observability
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite struct LocationLinesTests {
    private static let good = #"{"person_id": 1, "latitude": 1, "longitude": 2}"#
    private static let bad = #"{"person_id": 1, "latitude": 91, "longitude": 2}"#
    private static let ndjson: HTTPHeaders = ["Content-Type": "application/x-ndjson"]
    private static let path = "/api/locations/batch"

    /// Reads a text in chunks.
    private static func read(_ text: [UInt8], pieces: Int) throws -> LocationBatch {
        var lines = LocationLines(now: noon)
        var batch = LocationBatch()
        for start in stride(from: 0, to: text.count, by: pieces) {
            var position = 0
            try lines.read(Array(text[start..<min(start + pieces, text.count)]), from: &position, into: &batch)
        }
        try lines.finish(into: &batch)
        return batch
    }

    @Test(arguments: [7, 47, 48, 49, 1_000, 100_000]) func readsChunksOfAnySize(pieces: Int) throws {
        let long = String(repeating: "x", count: LocationLines.maximumLine + 1)
        let lines = [
            Self.good, Self.bad, "", " \r", "{\"person_id\": 1, ", "not JSON", Self.good + "\r", long, "\(Self.good) 7",
            Self.good,
        ]
        let text = Array(lines.joined(separator: "\n").utf8)
        let whole = try Self.read(text, pieces: text.count)
        let batch = try Self.read(text, pieces: pieces)
        #expect(batch.messages == whole.messages)
        #expect(batch.messages.count == 3)
        #expect(batch.rejections.map(\.index) == [1, 2, 3, 5, 6])
        #expect(batch.rejections.map(\.errors) == whole.rejections.map(\.errors))
        #expect(batch.rejections[1].errors[0].message.hasPrefix("This line is malformed JSON at byte 118:"))
        #expect(batch.rejections[3].errors[0].message.hasPrefix("This line is longer than 65536 bytes"))
    }

    @Test func readsOneBatchAtATime() throws {
        var lines = LocationLines(now: noon)
        var batch = LocationBatch()
        let text = Array(String(repeating: Self.good + "\n", count: LocationBatch.maximumCount + 1).utf8)
        var position = 0
        try lines.read(text, from: &position, into: &batch)
        #expect(batch.isFull)
        #expect(position == text.count - Self.good.utf8.count - 1)
        batch = LocationBatch(nextIndex: batch.nextIndex)
        try lines.read(text, from: &position, into: &batch)
        #expect(batch.count == 1)
    }

    @Test func countsLongBatches() async throws {
        let queue = InMemoryQueue()
        var lines = Array(repeating: Self.good, count: 25_000)
        lines[3] = Self.bad
        lines[20_000] = "7"
        let answer = try await APIUnderTest(queue)
            .send(.post, Self.path, headers: Self.ndjson, body: lines.joined(separator: "\n"))
        #expect(answer.status == 207)
        #expect(
            answer.text == #"{"accepted":24998,"rejected":2,"errors":["#
                + #"{"pointer":"/3/latitude","detail":"Must be a number of degrees from -90 to 90."},"#
                + #"{"pointer":"/20000","detail":"Invalid input type: expected an object."}]}"#
        )
        #expect(queue.messages.count == 24_998)
    }

    @Test func reportsTheFirstInvalidLines() async throws {
        let lines = String(repeating: "7\n", count: 12_000)
        let answer = try await APIUnderTest(InMemoryQueue())
            .send(.post, Self.path, headers: Self.ndjson, body: lines)
        #expect(try answer.json["rejected"]?.number == 12_000)
        #expect(try answer.json["errors"]?.elements?.count == BatchVerdicts.maximumRejections)
    }

    /// The sender has to know which lines the queue has, because those without a time would be stored twice.
    @Test func reportsProgressIfTheQueueFails() async throws {
        let queue = InMemoryQueue(failure: LocationQueueError(.unavailable), after: 19_999)
        var lines = Array(repeating: Self.good, count: 25_000)
        lines[9_999] = Self.bad
        let answer = try await APIUnderTest(queue)
            .send(.post, Self.path, headers: Self.ndjson, body: lines.joined(separator: "\n"))
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "1")
        #expect(try answer.json["lines"]?.number == 20_000)
        #expect(try answer.json["accepted"]?.number == 19_999)
        #expect(try answer.json["rejected"]?.number == 1)
        #expect(try answer.json["errors"]?[0]?["pointer"]?.string == "/9999/latitude")
        #expect(queue.messages.count == 19_999)
    }

    @Test(arguments: [
        (LineBounds(bytes: 600_000, lines: 1_000_000), "The body is larger than the 600000 bytes that are taken here."),
        (LineBounds(bytes: 1 << 20, lines: 15_000), "A batch has at most 15000 lines; send several."),
    ])
    func limitsLinesAndBytes(bounds: LineBounds, detail: String) async throws {
        let lines = String(repeating: Self.good + "\n", count: 20_000)
        let queue = InMemoryQueue()
        let answer = try await APIUnderTest(queue, bounds: bounds)
            .send(.post, Self.path, headers: Self.ndjson, body: lines)
        #expect(answer.status == 413)
        #expect(try answer.json["detail"]?.string?.hasPrefix(detail) == true)
        #expect(queue.messages.count == Int(try answer.json["lines"]?.number ?? 0))
    }
}
