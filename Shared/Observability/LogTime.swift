import Glibc

/// Times in log lines (RFC 3339, UTC, microseconds), without Foundation.
package enum LogTime {
    /// Microseconds since 1970, UTC, by the system's clock.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// `2024-02-29T12:34:56.000789Z`; exact for the years 0 to 9999.
    package static func string(microseconds: Int64) -> String {
        let (day, timeOfDay) = floorDivide(microseconds, by: 86_400_000_000)
        let date = civilDate(daysSince1970: day)
        let (seconds, fraction) = timeOfDay.quotientAndRemainder(dividingBy: 1_000_000)
        return String(unsafeUninitializedCapacity: 27) { buffer in
            var position = 0
            func put(_ number: Int64, digits: Int, then separator: Unicode.Scalar) {
                var rest = number
                for place in stride(from: position + digits - 1, through: position, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                buffer[position + digits] = UInt8(ascii: separator)
                position += digits + 1
            }
            put(date.year, digits: 4, then: "-")
            put(date.month, digits: 2, then: "-")
            put(date.day, digits: 2, then: "T")
            put(seconds / 3600, digits: 2, then: ":")
            put(seconds / 60 % 60, digits: 2, then: ":")
            put(seconds % 60, digits: 2, then: ".")
            put(fraction, digits: 6, then: "Z")
            return position
        }
    }

    /// The date in the proleptic Gregorian calendar.
    ///
    /// After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years begin in March, so
    /// the leap day is the last of a year.
    private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    private static func floorDivide(_ dividend: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
