import Kafka
import LocationProtocol
import Models
import Observability
import TestSupport
import Testing

@testable import LocationQueue

/// Wire formats of every release, in `Golden`.
@Suite struct GoldenTests {
    private static func all() throws -> [GoldenFile] {
        try GoldenFile.all(in: "LocationQueueTests/Golden")
    }

    private static func some(_ kind: String) throws -> [GoldenFile] {
        try all().filter { $0.name.hasPrefix(kind) }
    }

    @Test func hasFilesOfEveryRelease() throws {
        #expect(
            Set(try Self.all().map(\.name)).isSuperset(of: [
                "block-1", "block-1-erased", "dead-letter-1", "dead-letter-2", "event-1", "event-2",
            ])
        )
    }

    @Test(arguments: try some("block"))
    func blocksOfAllReleasesRoundTrip(golden: GoldenFile) throws {
        let block = try GoldenFile.bytes(hexadecimal: try golden.value("block"))
        let messages = try golden.values("message").map(GoldenFile.bytes(hexadecimal:))
        let ranges = try #require(MessageBlock.ranges(in: block, count: messages.count))
        #expect(ranges.map { Array(block[$0]) } == messages)
        guard golden["written"] == "today" else { return }
        var written = MessageBlock()
        for message in messages { written.append { $0 += message } }
        #expect(written.bytes == block)
    }

    /// Headers turn a record into an event by CloudEvents 1.0.
    @Test(arguments: try some("event"))
    func eventsOfAllReleasesRoundTrip(golden: GoldenFile) throws {
        let headers = golden.headers
        let context = LocationRecord.context(headers)
        #expect(context.schemaVersion == golden["version"])
        #expect(context.trace?.traceparent == golden["trace"])
        #expect(context.isUnderstood)
        let value = try GoldenFile.bytes(hexadecimal: try golden.value("value"))
        let message = try value.withUnsafeBytes { bytes in
            try DecodedLocation(bytes, appendedAt: Timestamp(microseconds: 0)).message
        }
        guard golden["written"] == "today" else { return }
        let record = LocationRecord.record(message)
        #expect(LocationRecord.headers(trace: context.trace) + record.headers == headers)
        #expect(record.key == Array(try golden.value("key").utf8))
        #expect(record.value == value)
    }

    @Test(arguments: try some("dead-letter").filter { $0["written"] == "today" })
    func deadLettersKeepTheirFormat(golden: GoldenFile) throws {
        let person: Int32 = try golden.integer("key")
        let payload = try GoldenFile.bytes(hexadecimal: try golden.value("value"))
        let letter = DeadLetterRecord(
            payload: payload,
            reason: try golden.value("reason"),
            personID: PersonID(rawValue: person),
            origin: (partition: try golden.integer("partition"), offset: try golden.integer("offset")),
            appendedAt: Timestamp(microseconds: try golden.integer("appended_at_us")),
            context: MessageContext(
                schemaVersion: golden["version"],
                trace: golden["trace"].flatMap { TraceContext(traceparent: $0) }
            )
        )
        let record = letter.record(from: try golden.value("topic"))
        #expect(record.headers == golden.headers)
        #expect(record.key == Array(try golden.value("key").utf8))
        #expect(record.value == payload)
    }

    /// An unknown version, whatever its source: it is kept, logged and sent again.
    @Test(arguments: [[], [0x31, 0x00], Array("1 2".utf8), [0xFF], Array(repeating: 0x31, count: 33)] as [[UInt8]])
    func invalidVersionsAreUnknown(value: [UInt8]) {
        let context = LocationRecord.context([KafkaHeader("schema-version", value)])
        #expect(context.schemaVersion == "invalid")
        #expect(!context.isUnderstood)
    }

    @Test func theLastHeaderWithANameCounts() {
        let headers = [KafkaHeader("schema-version", "1"), KafkaHeader("schema-version", "2")]
        #expect(LocationRecord.context(headers).schemaVersion == "2")
        #expect(LocationRecord.context([]) == MessageContext())
        #expect(LocationRecord.context([KafkaHeader("traceparent", "nonsense")]).trace == nil)
    }
}

extension GoldenFile {
    /// The headers in order.
    fileprivate var headers: [KafkaHeader] {
        values("header").map { line in
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            return KafkaHeader(parts.first ?? "", parts.last ?? "")
        }
    }
}
