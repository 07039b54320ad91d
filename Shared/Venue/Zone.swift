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

    /// The identifier, unique within its event.
    package let id: Int64
    /// The name for people, such as "Booth 12".
    package let name: String
    /// The use.
    package let kind: Kind
    /// The floor, 0 on the ground; `nil` if the venue does not number its floors.
    package let floor: Int16?
    /// The zone that contains this one; `nil` for an outermost zone.
    package let parent: Int64?
    /// The area.
    package let area: ZoneArea

    package init(
        id: Int64,
        name: String,
        kind: Kind,
        floor: Int16? = nil,
        parent: Int64? = nil,
        area: ZoneArea
    ) {
        (self.id, self.name, self.kind) = (id, name, kind)
        (self.floor, self.parent, self.area) = (floor, parent, area)
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

/// The reason why a zone's area cannot be used.
package struct ZoneAreaError: Error, Hashable {
    /// The reason in GEOS's words, such as "Self-intersection".
    package let reason: String
    /// The coordinate where the area is wrong, if GEOS names one.
    package let place: Coordinate?
}
