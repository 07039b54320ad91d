import Models
import Testing

@testable import LocationProducer

@Suite struct PhoneTimeTests {
    @Test(arguments: [
        "1777885200", "1777885200.0", "1777885200000", "1777885200000000", "1777885200000000000",
        "2026-05-04T09:00:00Z", "2026-05-04T09:00:00", "2026-05-04 09:00:00", "2026-05-04T09:00:00.000Z",
        "2026-05-04T09:00Z", "2026-05-04T11:00:00+02:00", "2026-05-04T11:00:00+0200", "2026-05-04T11:00:00+02",
        "2026-05-04T11:00:00 +02:00", "2026-05-04 11:00:00 +0200", "2026-05-04T11:00:00 02:00",
        "2026-05-04T02:00:00-0700", "2026-05-04T02:00:00 -07:00", "2026-05-04 09:00:00 UTC", "2026-05-04T09:00:00GMT",
        "2026-05-04T11:00:00+02:00[Europe/Berlin]", "20260504T090000Z", "20260504T110000+0200",
        "2026-05-04T11:00:00%2B02:00", "2026-05-04t09:00:00z",
    ])
    func readsEveryFormat(text: String) {
        #expect(PhoneTime.read(text)?.description == "2026-05-04T09:00:00")
    }

    @Test(arguments: ["soon", "", "12:30", "2026-05-04", "2026-13-04T09:00:00Z", "2026-05-04T09:00:00 +", "%zz", "nan"])
    func rejectsOtherText(text: String) {
        #expect(PhoneTime.read(text) == nil)
    }

    /// `noon` is 2026-05-04T10:00:00.
    @Test(
        arguments: [
            ("2026-05-04T09:00:00", false, "2026-05-04T09:00:00"),
            ("2010-01-01T00:00:00", false, "2010-01-01T00:00:00"),
            // 1,024 weeks late.
            ("2006-09-18T09:00:00", false, "2026-05-04T09:00:00"),
            ("2006-08-20T09:00:00", false, "2026-04-05T09:00:00"),
            ("2006-08-18T09:00:00", false, "clock_not_set"), ("2006-09-19T09:00:00", false, "clock_not_set"),
            // Seconds since 2001.
            ("1995-05-04T09:00:00", true, "2026-05-04T09:00:00"), ("1995-05-04T09:00:00", false, "clock_not_set"),
            ("1970-01-01T00:00:00", true, "clock_not_set"), ("2000-01-01T00:00:00", true, "clock_not_set"),
            ("2026-05-04T10:05:00", false, "2026-05-04T10:05:00"), ("2026-05-04T10:05:01", false, "in_future"),
            ("1969-12-31T23:59:59", false, "no_time"),
        ]
    )
    func correctsUnambiguousTimes(told: String, mayCountFrom2001: Bool, expected: String) throws {
        let time = try #require(Timestamp(iso8601: told.utf8))
        var outcome: String
        do throws(DeviceRefusal) {
            outcome = try PhoneTime.mended(time, mayCountFrom2001: mayCountFrom2001, now: noon).description
        } catch {
            outcome = error.rawValue
        }
        #expect(outcome == expected)
    }
}
