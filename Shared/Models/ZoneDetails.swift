/// The description of a zone in a plan, before the zone has a number.
package struct ZoneDetails: Hashable, Sendable {
    /// The organiser's identifier, unique within the event.
    package var code: String
    /// The name for people.
    package var name: String
    /// The use.
    package var kind: Zone.Kind
    /// The floor, 0 on the ground; `nil` if the venue does not number its floors.
    package var floor: Int16?
    /// The code of the zone that contains this one; `nil` for an outermost zone.
    package var parent: String?
    /// The area.
    package var area: ZoneArea
    /// The transmitters and regions that stand for the zone; `nil` to keep those that are registered under this code.
    package var hints: [ZoneHint]?

    package init(
        code: String,
        name: String,
        kind: Zone.Kind,
        floor: Int16? = nil,
        parent: String? = nil,
        area: ZoneArea,
        hints: [ZoneHint]? = nil
    ) {
        (self.code, self.name, self.kind) = (code, name, kind)
        (self.floor, self.parent, self.area, self.hints) = (floor, parent, area, hints)
    }
}

/// The description of a session in a programme, before the session has a number.
package struct SessionDetails: Hashable, Sendable {
    /// The organiser's identifier, unique within the event.
    package var code: String
    /// The name or code of the zone, as the programme states it; `nil` for a session without a place.
    package var room: String?
    /// The time from start to end, not empty.
    package var time: Range<Timestamp>
    /// The title.
    package var title: String
    /// The speakers' names, in the programme's order.
    package var speakers: [String]

    package init(
        code: String,
        room: String? = nil,
        time: Range<Timestamp>,
        title: String,
        speakers: [String] = []
    ) {
        (self.code, self.room, self.time) = (code, room, time)
        (self.title, self.speakers) = (title, speakers)
    }
}

/// Finds the zones that programmes mean by the names of rooms.
///
/// A room is the zone with this code, else the zone with this name. Case and white space do not count. Of several zones with
/// one name, the first one counts.
package struct RoomNames: Sendable {
    private var zones: [String: ZoneID] = [:]

    /// Creates a table of zones, each with its code and its name.
    package init(_ zones: [(id: ZoneID, code: String, name: String)]) {
        for zone in zones where self.zones[Self.key(zone.code)] == nil { self.zones[Self.key(zone.code)] = zone.id }
        for zone in zones where self.zones[Self.key(zone.name)] == nil { self.zones[Self.key(zone.name)] = zone.id }
    }

    /// The zone of a room; `nil` if no zone has this code or name.
    package subscript(_ room: String) -> ZoneID? { zones[Self.key(room)] }

    private static func key(_ name: String) -> String {
        String(name.lowercased().filter { !$0.isWhitespace })
    }
}
