import Testing

@testable import Observability

@Suite struct TraceContextTests {
    // From https://www.w3.org/TR/trace-context/#examples-of-http-traceparent-headers
    @Test(arguments: [
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", false),
    ])
    func examplesOfTheRecommendationRoundTrip(header: String, isSampled: Bool) throws {
        let context = try #require(TraceContext(traceparent: header))
        #expect(context.traceIDText == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(context.spanIDText == "00f067aa0ba902b7")
        #expect(context.isSampled == isSampled)
        #expect(context.traceparent == header)
    }

    @Test(arguments: [
        "cc-12345678901234567890123456789012-1234567890123456-01",
        "cc-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "00-12345678901234567890123456789012-1234567890123456-ff",
    ])
    func acceptsLaterVersionsAndUnknownFlags(header: String) {
        #expect(
            TraceContext(traceparent: header)?.traceparent == "00-12345678901234567890123456789012-1234567890123456-01"
        )
    }

    /// Mostly from the recommendation's own test suite, `test/test.py` in w3c/trace-context.
    @Test(arguments: [
        "",
        "00",
        "00-00000000000000000000000000000000-1234567890123456-01",
        "00-12345678901234567890123456789012-0000000000000000-01",
        "ff-12345678901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-1234567890123456-01.",
        "00-12345678901234567890123456789012-1234567890123456-01-what-the-future-will-be-like",
        "cc-12345678901234567890123456789012-1234567890123456-01.what-the-future-will-be-like",
        "00-ABCDEF78901234567890123456789012-1234567890123456-01",
        ".0-12345678901234567890123456789012-1234567890123456-01",
        "0-12345678901234567890123456789012-1234567890123456-01",
        "000-12345678901234567890123456789012-1234567890123456-01",
        "00-.2345678901234567890123456789012-1234567890123456-01",
        "00-1234567890123456789012345678901-1234567890123456-01",
        "00-123456789012345678901234567890123-1234567890123456-01",
        "00-12345678901234567890123456789012-.234567890123456-01",
        "00-12345678901234567890123456789012-12345678901234567-01",
        "00-12345678901234567890123456789012-1234567890123456-.0",
        "00-12345678901234567890123456789012-1234567890123456-0",
        "00-12345678901234567890123456789012-1234567890123456-001",
        "00_12345678901234567890123456789012-1234567890123456-01",
        " 00-12345678901234567890123456789012-1234567890123456-01",
        "00-12345678901234567890123456789012-1234567890123456-é1",
    ])
    func ignoresMalformedHeaders(header: String) {
        #expect(TraceContext(traceparent: header) == nil)
    }

    @Test func aChildKeepsTraceAndSampling() {
        let parent = TraceContext(isSampled: true)
        let child = parent.child()
        #expect(child.traceID == parent.traceID)
        #expect(child.spanID != parent.spanID)
        #expect(child.isSampled)
    }

    @Test func newTracesAreUniqueAndRoundTrip() {
        let contexts = (0..<100).map { _ in TraceContext() }
        #expect(Set(contexts.map(\.traceID)).count == 100)
        for context in contexts {
            #expect(TraceContext(traceparent: context.traceparent) == context)
        }
    }

    @Test func padsSmallIDs() {
        var generator = SmallNumbers()
        let context = TraceContext(isSampled: false, using: &generator)
        #expect(context.traceparent.utf8.count == 55)
        #expect(TraceContext(traceparent: context.traceparent) == context)
    }

    private struct SmallNumbers: RandomNumberGenerator {
        private var last: UInt64 = 0

        mutating func next() -> UInt64 {
            last += 1
            return last
        }
    }
}
