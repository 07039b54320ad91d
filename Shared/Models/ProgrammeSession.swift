/// A talk, workshop or other item of an event's programme.
package struct ProgrammeSession: Hashable, Sendable {
    /// The number, unique among the sessions of all events.
    package let id: SessionID
    /// The organiser's identifier, unique within the event; it stays the same when a programme is replaced.
    package let code: String
    /// The name or code of the zone, as the programme states it; `nil` for a session without a place.
    package let room: String?
    /// The zone in which it takes place; `nil` if the plan has no zone of the room's name.
    package let zone: ZoneID?
    /// The time from start to end.
    package let time: Range<Timestamp>
    /// The title.
    package let title: String
    /// The speakers' names, in the programme's order.
    package let speakers: [String]

    /// The time in microseconds since 1970.
    package var microseconds: Range<Int64> { time.lowerBound.microseconds..<time.upperBound.microseconds }

    package init(
        id: SessionID,
        code: String,
        room: String? = nil,
        zone: ZoneID?,
        time: Range<Timestamp>,
        title: String,
        speakers: [String] = []
    ) {
        (self.id, self.code, self.room, self.zone) = (id, code, room, zone)
        (self.time, self.title, self.speakers) = (time, title, speakers)
    }
}
