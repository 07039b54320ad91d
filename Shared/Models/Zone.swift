package import Geospatial

/// A named area of an event's venue: a hall, a room, a booth.
package struct Zone: Hashable, Sendable {
    /// The use of a zone.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case building
        case hall
        case room
        case booth
        case other
    }

    /// The number, unique among the zones of all events.
    package let id: ZoneID
    /// The organiser's identifier, unique within the event; it stays the same when a plan is replaced.
    package let code: String
    /// The name for people, such as "Booth 12".
    package let name: String
    /// The use.
    package let kind: Kind
    /// The floor, 0 on the ground; `nil` if the venue does not number its floors.
    package let floor: Int16?
    /// The zone that contains this one; `nil` for an outermost zone.
    package let parent: ZoneID?
    /// The area.
    package let area: ZoneArea
    /// The transmitters and regions that stand for the zone.
    package let hints: [ZoneHint]

    package init(
        id: ZoneID,
        code: String,
        name: String,
        kind: Kind,
        floor: Int16? = nil,
        parent: ZoneID? = nil,
        area: ZoneArea,
        hints: [ZoneHint] = []
    ) {
        (self.id, self.code, self.name, self.kind) = (id, code, name, kind)
        (self.floor, self.parent, self.area, self.hints) = (floor, parent, area, hints)
    }
}

/// The area of a zone: one or more polygons with holes, as in a GeoJSON MultiPolygon.
package struct ZoneArea: Hashable, Sendable {
    /// The outer ring of a polygon, then its holes.
    ///
    /// In each ring the last coordinate repeats the first one.
    package typealias Polygon = [[Coordinate]]

    /// The polygons, at least one.
    package let polygons: [Polygon]

    package init(_ polygons: [Polygon]) {
        self.polygons = polygons
    }
}
