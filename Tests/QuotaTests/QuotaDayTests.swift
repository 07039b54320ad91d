import Models
import Testing

@testable import Quota

@Suite struct QuotaDayTests {
    /// 2026-11-29T23:30:00Z.
    private static let late = Timestamp(microseconds: 1_795_995_000_000_000)

    @Test func beginsAtLocalMidnight() {
        let utc = QuotaDay(of: Self.late)
        #expect(utc.date.components == (2026, 11, 29))
        #expect(utc.secondsToEnd(from: Self.late) == 1_800)
        let paris = QuotaDay(of: Self.late, utcOffset: 3_600)
        #expect(paris.date.components == (2026, 11, 30))
        #expect(paris.start.description == "2026-11-29T23:00:00")
        #expect(paris.secondsToEnd(from: Self.late) == 84_600)
        let newYork = QuotaDay(of: Self.late, utcOffset: -5 * 3_600)
        #expect(newYork.date.components == (2026, 11, 29))
        #expect(newYork.end.description == "2026-11-30T05:00:00")
        #expect(newYork.seconds == 86_400)
    }

    @Test func roundsSecondsUpAndEndsAtZero() {
        let day = QuotaDay(of: Self.late)
        #expect(day.secondsToEnd(from: Timestamp(microseconds: day.end.microseconds - 1)) == 1)
        #expect(day.secondsToEnd(from: day.end) == 0)
        #expect(day.secondsToEnd(from: Timestamp(microseconds: day.end.microseconds + 5_000_000)) == 0)
    }

    @Test func acceptsOnlyVisibleClientNames() {
        for text in ["key:3f9a01bc", "person:7", String(repeating: "a", count: 100)] {
            #expect(QuotaClient(text)?.text == text)
        }
        for text in ["", "a b", "é", "a\n", String(repeating: "a", count: 101)] { #expect(QuotaClient(text) == nil) }
    }
}
