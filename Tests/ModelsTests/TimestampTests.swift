import Models
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00", 0), ("2020-08-15T10:37:06", 1_597_487_826_000_000),
            ("2020-08-15 10:37:06.000000", 1_597_487_826_000_000), ("2020-08-15T10:37:06Z", 1_597_487_826_000_000),
            ("2015-10-01T08:00:00-0700", 1_443_711_600_000_000), ("2025-06-15T13:45:12.862Z", 1_749_995_112_862_000),
            ("2020-02-29T23:59:59.9999999+05:30", 1_583_000_999_999_999), ("2000-03-01T00:00+01", 951_865_200_000_000),
            ("1969-12-31T23:59:59.5", -500_000), ("9999-12-31T23:59:59.999999", 253_402_300_799_999_999),
        ] as [(String, Int64)]
    )
    func readsISO8601(text: String, microseconds: Int64) {
        #expect(Timestamp(iso8601: text.utf8)?.microseconds == microseconds)
    }

    @Test(arguments: [
        "", "2020", "2020-08-15", "2020-8-15T10:37:06", "2021-02-29T00:00:00", "2020-13-01T00:00:00",
        "2020-04-31T00:00:00", "2020-08-15T24:00:00", "2020-08-15T10:60:00", "2020-08-15T10:37:60",
        "2020-08-15T10:37:06.", "2020-08-15T10:37:06.1234567890", "2020-08-15T10:37:06 Z", "2020-08-15T10:37:06+",
        "2020-08-15T10:37:06+24:00", "2020-08-15T10:37:06ZZ", "0000-01-01T00:00:00", "20200815T103706", "now",
        "2020-08-15T10:37:06+٠٢:00", "2020-08-15T10:37:06\0",
    ])
    func rejectsInvalidTimes(text: String) {
        #expect(Timestamp(iso8601: text.utf8) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00"), (1_597_487_826_000_000, "2020-08-15T10:37:06"),
            (1_597_487_826_000_010, "2020-08-15T10:37:06.000010"), (-1, "1969-12-31T23:59:59.999999"),
            (951_782_400_000_000, "2000-02-29T00:00:00"),
        ] as [(Int64, String)]
    )
    func writesTheLegacyForm(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test func roundTripsEveryTime() {
        for _ in 0..<50_000 {
            let moment = Timestamp(
                microseconds: .random(
                    in: Timestamp.supported.lowerBound.microseconds...Timestamp.supported.upperBound.microseconds
                )
            )
            #expect(Timestamp(iso8601: moment.description.utf8) == moment)
        }
    }

    @Test func daysOfFourCenturiesAreConsecutive() throws {
        var previous = try #require(CalendarDate(year: 1899, month: 12, day: 31))
        for year in 1900..<2300 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (index, length) in [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].enumerated() {
                for day in 1...length {
                    let date = try #require(CalendarDate(year: year, month: index + 1, day: day))
                    #expect(date.daysSince1970 == previous.daysSince1970 + 1)
                    previous = date
                }
                #expect(CalendarDate(year: year, month: index + 1, day: length + 1) == nil)
            }
        }
    }

    @Test func windowsContainBothDays() throws {
        let day = try #require(CalendarDate(iso8601: "2020-12-30".utf8))
        let window = try #require(TimeWindow(from: day, through: day))
        #expect(window.start.description == "2020-12-30T00:00:00")
        #expect(window.end.description == "2020-12-31T00:00:00")
        let before = try #require(CalendarDate(iso8601: "2020-12-29".utf8))
        #expect(TimeWindow(from: day, through: before) == nil)
    }
}
