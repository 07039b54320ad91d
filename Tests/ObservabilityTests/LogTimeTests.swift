import Concurrency
import Glibc
import Testing

@testable import Observability

@Suite struct LogTimeTests {
    /// From `date -u -d @N +%FT%TZ`.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (951_868_799_999_999, "2000-02-29T23:59:59.999999Z"),
            (951_868_800_000_000, "2000-03-01T00:00:00.000000Z"),
            (1_597_487_826_000_001, "2020-08-15T10:37:06.000001Z"),
            (1_709_210_096_000_789, "2024-02-29T12:34:56.000789Z"),
            (1_735_689_599_000_000, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
            (-2_203_891_200_000_000, "1900-03-01T00:00:00.000000Z"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)]
    )
    func writesRFC3339(microseconds: Int64, text: String) {
        #expect(LogTime.string(microseconds: microseconds) == text)
    }

    @Test func agreesWithTheCLibraryOnEveryDayOfFourCenturies() {
        for day in 0..<Int64(146_097) {
            var seconds = time_t(day * 86_400)
            var date = tm()
            gmtime_r(&seconds, &date)
            let text = LogTime.string(microseconds: day * 86_400_000_000)
            let numbers = text.prefix(10).split(separator: "-").compactMap { CInt($0) }
            if numbers != [date.tm_year + 1900, date.tm_mon + 1, date.tm_mday] {
                Issue.record("day \(day) is written \(text)")
                return
            }
        }
    }

    @Test func nowIsBetweenTwoReadingsOfTheSystemClock() {
        let before = time(nil)
        let now = LogTime.now()
        let after = time(nil)
        #expect((Int64(before) * 1_000_000..<Int64(after + 1) * 1_000_000).contains(now))
    }

    @Test(
        arguments: [
            (.zero, 0), (.milliseconds(250), 0.25), (.seconds(-3), -3), (.nanoseconds(1), 1e-9),
            (.nanoseconds(174_320), 0.000_174_32),
        ] as [(Duration, Double)]
    )
    func convertsDurationsToSeconds(duration: Duration, seconds: Double) {
        #expect(duration.inSeconds == seconds)
    }
}
