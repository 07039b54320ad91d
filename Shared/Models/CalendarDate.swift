/// A day of the Gregorian calendar, in UTC.
package struct CalendarDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    package let daysSince1970: Int64

    package init(daysSince1970: Int64) {
        self.daysSince1970 = daysSince1970
    }

    /// A day by year, month and day; `nil` if the calendar has no such day in the years 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= Self.days(of: month, in: year)
        else {
            return nil
        }
        // Howard Hinnant, chrono-compatible low-level date algorithms, days_from_civil: years start in March, so that
        // the leap day is the last.
        let shifted = Int64(month <= 2 ? year - 1 : year)
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = Int64((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
        daysSince1970 = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func days(of month: Int, in year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Reads `YYYY-MM-DD`; `nil` for any other text and for days that do not exist.
    package init?(iso8601 text: some Collection<UInt8>) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), scanner.isAtEnd else { return nil }
        self = date
    }

    /// The microseconds of a day.
    package static let microsecondsPerDay: Int64 = 86_400_000_000

    /// The start of the day, in microseconds since 1970.
    package var microseconds: Int64 {
        daysSince1970 * Self.microsecondsPerDay
    }

    /// Year, month (1 to 12) and day of the month.
    package var components: (year: Int, month: Int, day: Int) {
        // civil_from_days, from the same source.
        let days = daysSince1970 + 719_468
        let era = days.dividedRoundingDown(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1))
    }

    package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }

    func write(to text: inout [UInt8]) {
        let (year, month, day) = components
        text.appendDecimal(year, width: 4)
        text.append(0x2D)
        text.appendDecimal(month, width: 2)
        text.append(0x2D)
        text.appendDecimal(day, width: 2)
    }
}

extension CalendarDate: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    package var description: String {
        var text: [UInt8] = []
        write(to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}

/// A time range, with its start and without its end.
package struct TimeWindow: Hashable, Sendable {
    /// The first moment in it.
    package let start: Timestamp
    /// The first moment after it.
    package let end: Timestamp

    /// `nil` if `end` is before `start`.
    package init?(start: Timestamp, end: Timestamp) {
        guard start <= end else { return nil }
        self.start = start
        self.end = end
    }

    /// The moments of a range of microseconds since 1970.
    package init(microseconds range: Range<Int64>) {
        start = Timestamp(microseconds: range.lowerBound)
        end = Timestamp(microseconds: range.upperBound)
    }

    /// Its microseconds since 1970.
    package var microseconds: Range<Int64> { start.microseconds..<end.microseconds }

    /// The days from `first` through `last`; `nil` if `last` is before `first`.
    package init?(from first: CalendarDate, through last: CalendarDate) {
        guard first <= last else { return nil }
        start = Timestamp(microseconds: first.microseconds)
        end = Timestamp(microseconds: CalendarDate(daysSince1970: last.daysSince1970 + 1).microseconds)
    }
}
