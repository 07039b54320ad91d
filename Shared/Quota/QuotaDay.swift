package import Models

/// A calendar day in the time zone of a client's limit.
///
/// Rows in the database carry only the date, so all replicas have to use the same time zone for a client.
package struct QuotaDay: Hashable, Sendable {
    /// The date by which units are counted.
    package let date: CalendarDate
    /// The first moment of the day.
    package let start: Timestamp
    /// The first moment of the next day; 23 or 25 hours after the start where clocks change.
    package let end: Timestamp

    /// A day between two moments.
    package init(date: CalendarDate, start: Timestamp, end: Timestamp) {
        self.date = date
        self.start = start
        self.end = end
    }

    /// The day of a moment.
    ///
    /// - Parameters:
    ///   - time: the moment.
    ///   - utcOffset: the local time minus UTC, in seconds.
    package init(of time: Timestamp, utcOffset: Int = 0) {
        let offset = Int64(utcOffset) * 1_000_000
        date = Timestamp(microseconds: time.microseconds + offset).day
        start = Timestamp(microseconds: date.microseconds - offset)
        end = Timestamp(microseconds: start.microseconds + CalendarDate.microsecondsPerDay)
    }

    /// The seconds from a moment to the end of the day, rounded up; 0 after its end.
    package func secondsToEnd(from time: Timestamp) -> Int {
        Int(max(0, -(time.microseconds - end.microseconds).dividedRoundingDown(by: 1_000_000)))
    }

    /// The length of the day in seconds.
    package var seconds: Int { secondsToEnd(from: start) }
}
