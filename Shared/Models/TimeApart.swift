/// The maximum time between two locations that count as close: 0 s to an hour.
package struct TimeApart: Hashable, Sendable {
    /// Microseconds.
    package let microseconds: Int64

    /// A minute, in which no person walks far and every phone reports.
    package static let standard = TimeApart(unchecked: 60_000_000)

    /// Rounds to the nearest microsecond; `nil` unless the seconds are from 0 to 3,600.
    package init?(seconds: Double) {
        guard (0...3_600).contains(seconds) else { return nil }
        microseconds = Int64((seconds * 1_000_000).rounded())
    }

    private init(unchecked microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The valid times, for error messages.
    package static let expectation = "a number of seconds from 0 to 3600"
}

/// The maximum time for which two persons may be apart within one meeting: 0 s to a day.
package struct MeetingGap: Hashable, Sendable {
    /// Microseconds.
    package let microseconds: Int64

    /// Rounds to the nearest microsecond; `nil` unless the seconds are from 0 to 86,400.
    package init?(seconds: Double) {
        guard (0...86_400).contains(seconds) else { return nil }
        microseconds = Int64((seconds * 1_000_000).rounded())
    }

    /// The valid gaps, for error messages.
    package static let expectation = "a number of seconds from 0 to 86400"
}
