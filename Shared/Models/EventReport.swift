/// A day of an event's opening hours, in the event's time zone.
package struct EventDay: Hashable, Sendable {
    /// The event.
    package let event: EventID
    /// The day of the calendar.
    package let date: CalendarDate
    /// The name of the time zone in the IANA database.
    package let timeZone: String
    /// From midnight to midnight: 24 hours, or 23 or 25 when the clocks change.
    package let time: TimeWindow
    /// The seconds that local time is ahead of UTC, for each quarter of an hour of the day.
    package let offsets: [Int32]

    package init(event: EventID, date: CalendarDate, timeZone: String, time: TimeWindow, offsets: [Int32]) {
        (self.event, self.date, self.timeZone) = (event, date, timeZone)
        (self.time, self.offsets) = (time, offsets)
    }

    private static let quarter: Int64 = 900_000_000

    /// A moment in local time with its offset: `2026-05-04T09:15:00+02:00`.
    ///
    /// The offset of a moment outside the day is that of the day's end or start.
    package func localTime(_ moment: Timestamp) -> String {
        let place = (moment.microseconds - time.start.microseconds) / Self.quarter
        let last = Int64(offsets.count) - 1
        let offset = last < 0 ? 0 : offsets[Int(min(max(place, 0), last))]
        let local = Timestamp(microseconds: moment.microseconds + Int64(offset) * 1_000_000)
        let minutes = abs(Int(offset)) / 60
        let text = [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(local)\(offset < 0 ? "-" : "+")\(text.joined(separator: ":"))"
    }
}

/// A report about a day of an event.
package struct EventReport: Hashable, Sendable {
    /// The day.
    package let date: CalendarDate
    /// The name of the time zone of the day.
    package let timeZone: String
    /// The day from midnight to midnight.
    package let time: TimeWindow
    /// When the report was made.
    package let madeAt: Timestamp
    /// The version of the format of ``figures``.
    package let format: Int16
    /// The figures as a JSON object; empty in a list of reports.
    package let figures: String

    package init(
        date: CalendarDate,
        timeZone: String,
        time: TimeWindow,
        madeAt: Timestamp,
        format: Int16,
        figures: String = ""
    ) {
        (self.date, self.timeZone, self.time) = (date, timeZone, time)
        (self.madeAt, self.format, self.figures) = (madeAt, format, figures)
    }
}
