import Models
import Observability
import Persistence
import Testing

@testable import LocationConsumer

@Suite struct DeadLetterSummaryTests {
    private static func letter(_ reason: DeadLetterReason, _ trace: TraceContext?) -> DeadLetter {
        DeadLetter(
            partition: 0,
            offset: 0,
            reason: reason,
            personID: nil,
            appendedAt: Timestamp(microseconds: 0),
            trace: trace,
            payload: []
        )
    }

    @Test func groupsByReasonAndTrace() {
        let (first, second) = (TraceContext(), TraceContext())
        let counts = DeadLetterSummary.count([
            Self.letter(.empty, first), Self.letter(.empty, second), Self.letter(.empty, first),
            Self.letter(.tooLong, first), Self.letter(.empty, nil),
        ])
        #expect(counts.map(\.0.reason) == ["empty", "empty", "too_long", "empty"])
        #expect(counts.map(\.0.trace) == [first, second, first, nil])
        #expect(counts.map(\.1) == [2, 1, 1, 1])
        let line = counts[0].0.metadata(count: counts[0].1)
        #expect(line[.traceID] == .string(first.traceIDText))
        #expect(line[.spanID] == .string(first.spanIDText))
        #expect(line[.count] == 2)
    }

    @Test func limitsTheLinesPerBatch() {
        let counts = DeadLetterSummary.count((0..<1_000).map { _ in Self.letter(.empty, TraceContext()) })
        #expect(counts.count == 10)
        #expect(counts.map(\.1).reduce(0, +) == 1_000)
        #expect(counts.last?.0 == DeadLetterSummary(reason: "several", trace: nil))
    }
}
