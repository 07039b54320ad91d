/// An event of a calendar: one that takes place once, or one occurrence of a recurring event.
package struct CalendarEvent: Equatable, Sendable {
    /// The identifier; that of an occurrence has the time of its regular start.
    package var id: String
    /// The start in seconds since 1970.
    package var start: Int64
    /// The end in seconds since 1970.
    package var end: Int64
    /// The title; empty if the calendar states no title.
    package var title: String
    /// The place, if the calendar states one.
    package var place: String?
    /// The names of the attendees, which are the speakers in calendars of conferences.
    package var names: [String]

    package init(
        id: String,
        start: Int64,
        end: Int64,
        title: String,
        place: String? = nil,
        names: [String] = []
    ) {
        (self.id, self.start, self.end) = (id, start, end)
        (self.title, self.place, self.names) = (title, place, names)
    }
}

/// Why a calendar cannot be read.
package enum ICalendarError: Error, Equatable, Sendable {
    /// The text is not an iCalendar object.
    case malformed
    /// There are more events than the limit.
    case tooManyEvents
    /// An event has no identifier; the events are counted from 0.
    case noID(event: Int)
    /// An event has no valid start or end.
    case noTime(event: Int)
    /// An event recurs in a way that is not accepted: more often than daily, or by an invalid rule.
    case recurrence(event: Int)
}
