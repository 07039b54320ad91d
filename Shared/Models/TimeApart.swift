/// How far apart in time two locations may lie and still show two people together: 0 to an hour, the bound included.
package struct TimeApart: Hashable, Sendable {
    /// Microseconds.
    package let microseconds: Int64

    /// A minute, in which nobody walks far and every phone reports.
    package static let standard = TimeApart(unchecked: 60_000_000)

    /// Takes seconds, to the nearest microsecond; `nil` if they are not from 0 to 3,600.
    package init?(seconds: Double) {
        guard (0...3_600).contains(seconds) else { return nil }
        microseconds = Int64((seconds * 1_000_000).rounded())
    }

    private init(unchecked microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// What a valid time is, for error messages.
    package static let expectation = "a number of seconds from 0 to 3600"
}

/// How long two people may go without being seen together and still be in the same meeting: 0 to a day.
package struct MeetingGap: Hashable, Sendable {
    /// Microseconds.
    package let microseconds: Int64

    /// Takes seconds, to the nearest microsecond; `nil` if they are not from 0 to 86,400.
    package init?(seconds: Double) {
        guard (0...86_400).contains(seconds) else { return nil }
        microseconds = Int64((seconds * 1_000_000).rounded())
    }

    /// What a valid gap is, for error messages.
    package static let expectation = "a number of seconds from 0 to 86400"
}
