internal import Geospatial
package import JSON
package import Models

/// A named area of the simulated venue.
package struct SimulatedZone: Sendable {
    /// The identifier: a letter for the kind, and a number.
    package let code: String
    /// The name for people.
    package let name: String
    /// The use.
    package let kind: Zone.Kind
    /// The code of the zone that contains this one.
    package let parent: String?
    /// The area.
    package let area: Rectangle
}

extension EventSimulator {
    /// The building, and in it halls, rooms, cafés, canteens and booths.
    ///
    /// A booth's zone is the 9 m² in front of its stand, where its visitors are.
    package var zones: [SimulatedZone] {
        let building = SimulatedZone(code: "V", name: Self.name, kind: .building, parent: nil, area: venue.floor)
        return [building] + places
    }

    /// ``zones`` without the building.
    package var places: [SimulatedZone] {
        var zones: [SimulatedZone] = []
        var hallsOfBooths: [Int: String] = [:]
        for (index, wing) in venue.wings.enumerated() {
            let number = index + 1
            for booth in wing.booths { hallsOfBooths[booth] = "H\(number)" }
            for (code, name, kind, area) in [
                ("H", "Hall", .hall, wing.hall), ("C", "Café", .other, wing.cafe),
                ("M", "Canteen", .other, wing.canteen),
            ] as [(String, String, Zone.Kind, Rectangle)] {
                zones.append(
                    SimulatedZone(
                        code: "\(code)\(number)",
                        name: "\(name) \(number)",
                        kind: kind,
                        parent: "V",
                        area: area
                    )
                )
            }
        }
        for (index, room) in venue.rooms.enumerated() {
            let number = index + 1
            zones.append(
                SimulatedZone(code: "R\(number)", name: "Room \(number)", kind: .room, parent: "V", area: room.floor)
            )
        }
        for (index, booth) in venue.booths.enumerated() {
            zones.append(
                SimulatedZone(
                    code: "B\(index + 1)",
                    name: exhibitors[index] ?? "Stand \(index + 1)",
                    kind: .booth,
                    parent: hallsOfBooths[index],
                    area: booth.visitors
                )
            )
        }
        return zones
    }

    private static let name = "San Mateo Fair"

    /// The name of the event: that of the fair, and the day.
    package var name: String { "\(Self.name), \(configuration.start.day)" }

    /// Writes the event as `POST /api/events` takes it.
    ///
    /// - Parameter writer: receives one object.
    /// - Throws: ``CoordinateError`` if a coordinate is out of range, which does not occur.
    package func writeEvent(to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.member("name", name)
            writer.member("time_zone", "America/Los_Angeles")
            writer.array("opening_hours") { writer in
                writer.object { writer in
                    writer.member("opens", moment(0))
                    writer.member("closes", moment(configuration.duration))
                }
            }
            writer.key("venue")
            try write(venue.floor, to: &writer)
        }
    }

    /// Writes the zones as `PUT /api/events/{id}/plan` takes them.
    ///
    /// - Parameter writer: receives one feature collection.
    /// - Throws: ``CoordinateError`` if a coordinate is out of range, which does not occur.
    package func writePlan(to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.member("type", "FeatureCollection")
            try writer.array("features", of: zones) { writer, zone in
                try writer.object { writer in
                    writer.member("type", "Feature")
                    writer.key("geometry")
                    try write(zone.area, to: &writer)
                    writer.object("properties") { writer in
                        writer.member("code", zone.code)
                        writer.member("name", zone.name)
                        writer.member("kind", zone.kind.rawValue)
                        writer.member("floor", 0)
                        if let parent = zone.parent { writer.member("parent", parent) }
                    }
                }
            }
        }
    }

    /// Writes the talks, one for each slot and room, as `PUT /api/events/{id}/programme` takes them.
    ///
    /// - Parameter writer: receives one array.
    package func writeProgramme(to writer: inout JSONWriter) {
        let talks = programme.slots.enumerated().flatMap { slot in
            venue.rooms.indices.map { (slot: slot.offset + 1, time: slot.element, room: $0 + 1) }
        }
        writer.array(of: talks) { writer, talk in
            writer.object { writer in
                writer.member("code", "T\(talk.slot)R\(talk.room)")
                writer.member("title", "Talk \(talk.slot) in Room \(talk.room)")
                writer.member("starts", moment(talk.time.start))
                writer.member("ends", moment(talk.time.end))
                writer.member("room", "Room \(talk.room)")
            }
        }
    }

    private func moment(_ second: Int) -> String {
        let start = configuration.start.microseconds
        return Timestamp(microseconds: start + Int64(second) * 1_000_000).description + "Z"
    }

    /// Writes a GeoJSON polygon.
    func write(_ area: Rectangle, to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.member("type", "Polygon")
            try writer.array("coordinates") { writer in
                try writer.array(of: area.corners + [area.origin]) { writer, corner in
                    let coordinate = try Site.coordinate(of: corner)
                    writer.array { writer in
                        writer.value(coordinate.longitude.degrees)
                        writer.value(coordinate.latitude.degrees)
                    }
                }
            }
        }
    }
}

extension Venue.Booth {
    /// The floor in front of the stand, on which its visitors stand: 4.5 m × 2 m.
    package var visitors: Rectangle {
        let (width, depth) = (4.5, 2.0)
        let south = outward > 0 ? front.y : front.y - depth
        return Rectangle(origin: Point(front.x - width / 2, south), width: width, depth: depth)
    }
}
