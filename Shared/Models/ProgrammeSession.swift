/// A talk, workshop or other item of an event's programme.
package struct ProgrammeSession: Hashable, Sendable {
    /// The number, unique among the sessions of all events.
    package let id: SessionID
    /// The organiser's identifier, unique within the event; it stays the same when a programme is replaced.
    package let code: String
    /// The zone in which it takes place; `nil` if the plan has no zone of that name.
    package let zone: ZoneID?
    /// The time from start to end.
    package let time: Range<Timestamp>
    /// The title.
    package let title: String
    /// The speakers' names, in the programme's order.
    package let speakers: [String]

    package init(
        id: SessionID,
        code: String,
        zone: ZoneID?,
        time: Range<Timestamp>,
        title: String,
        speakers: [String] = []
    ) {
        (self.id, self.code, self.zone) = (id, code, zone)
        (self.time, self.title, self.speakers) = (time, title, speakers)
    }
}
