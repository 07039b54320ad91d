/// An event with its venue and opening hours: a conference, a fair.
package struct Event: Hashable, Sendable {
    /// The number.
    package let id: EventID
    /// The description.
    package let details: EventDetails

    package init(id: EventID, details: EventDetails) {
        self.id = id
        self.details = details
    }
}

/// The description of an event.
package struct EventDetails: Hashable, Sendable {
    /// The name for people.
    package let name: String
    /// The name of the time zone in the IANA database, such as "Europe/Madrid".
    package let timeZone: String
    /// The opening hours, ascending and disjoint; if empty, the event has no beginning and no end.
    package let hours: [Range<Timestamp>]
    /// The area of the venue; `nil` if the event is everywhere.
    package let venue: ZoneArea?
    /// The number of days after the last opening hour for which locations are kept; `nil` for the services' own setting.
    package let retentionDays: Int32?

    package init(
        name: String,
        timeZone: String = "UTC",
        hours: [Range<Timestamp>] = [],
        venue: ZoneArea? = nil,
        retentionDays: Int32? = nil
    ) {
        (self.name, self.timeZone, self.hours) = (name, timeZone, hours)
        (self.venue, self.retentionDays) = (venue, retentionDays)
    }
}
