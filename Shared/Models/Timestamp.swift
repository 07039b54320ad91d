import Glibc

/// A moment in microseconds since 1970-01-01T00:00:00 UTC, without leap seconds.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Microseconds since 1970.
    package let microseconds: Int64

    /// The valid times of locations: the years 1970 to 9999.
    package static let supported: ClosedRange<Timestamp> =
        Timestamp(microseconds: 0)...Timestamp(microseconds: 253_402_300_799_999_999)

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The time of the system's clock.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Reads an ISO 8601 time such as `2020-08-15T10:37:06`, with `T` or a space, up to nine digits of a fraction
    /// (truncated after the sixth), and an optional zone `Z`, `+02:00`, `-0700` or `+02`; UTC without one.
    ///
    /// `nil` for any other text, for days and times that do not exist, and outside the years 1 to 9999.
    package init?(iso8601 text: some Collection<UInt8>) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), let separator = scanner.next(), [0x54, 0x74, 0x20].contains(separator),
            let hour = scanner.digits(2, in: 0...23), scanner.skip(":"), let minute = scanner.digits(2, in: 0...59)
        else { return nil }
        var time = Int64(hour * 3_600 + minute * 60) * 1_000_000
        if scanner.skip(":") {
            guard let second = scanner.digits(2, in: 0...59) else { return nil }
            time += Int64(second) * 1_000_000
            if scanner.skip(".") || scanner.skip(",") {
                guard let fraction = scanner.fraction() else { return nil }
                time += fraction
            }
        }
        guard let offset = scanner.zone(), scanner.isAtEnd else { return nil }
        microseconds = date.microseconds + time - Int64(offset) * 60_000_000
    }

    /// The day of the time, in UTC.
    package var day: CalendarDate {
        CalendarDate(daysSince1970: microseconds.dividedRoundingDown(by: CalendarDate.microsecondsPerDay))
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp: CustomStringConvertible {
    /// ISO 8601 in UTC without a zone; six digits of a fraction only if it is not zero: `2020-08-15T10:37:06`.
    package var description: String {
        let day = day
        let time = microseconds - day.microseconds
        let seconds = Int(time / 1_000_000)
        var text: [UInt8] = []
        text.reserveCapacity(26)
        day.write(to: &text)
        text.append(0x54)
        text.appendDecimal(seconds / 3_600, width: 2)
        text.append(0x3A)
        text.appendDecimal(seconds / 60 % 60, width: 2)
        text.append(0x3A)
        text.appendDecimal(seconds % 60, width: 2)
        let fraction = Int(time % 1_000_000)
        if fraction != 0 {
            text.append(0x2E)
            text.appendDecimal(fraction, width: 6)
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Int64 {
    /// The quotient, rounded towards −∞.
    package func dividedRoundingDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
