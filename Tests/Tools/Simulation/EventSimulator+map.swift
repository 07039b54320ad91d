package import JSON

extension EventSimulator {
    /// Writes the venue as GeoJSON (RFC 7946): a feature for each hall, room, café, canteen and stand.
    ///
    /// Properties: `kind` (`hall`, `room`, `cafe`, `canteen`, `booth`), `name`, and for rooms `seats`.
    ///
    /// - Parameter writer: receives one value, a feature collection.
    /// - Throws: ``CoordinateError`` if a coordinate is out of range, which does not occur.
    package func writeMap(to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.member("type", "FeatureCollection")
            try writer.array("features") { writer in
                try write(venue.floor, kind: "building", name: "San Mateo Fair", to: &writer)
                for (index, wing) in venue.wings.enumerated() {
                    try write(wing.hall, kind: "hall", name: "Hall \(index + 1)", to: &writer)
                    try write(wing.cafe, kind: "cafe", name: "Café \(index + 1)", to: &writer)
                    try write(wing.canteen, kind: "canteen", name: "Canteen \(index + 1)", to: &writer)
                }
                for (index, room) in venue.rooms.enumerated() {
                    try write(room.floor, kind: "room", name: "Room \(index + 1)", seats: room.seats.count, to: &writer)
                }
                for (index, booth) in venue.booths.enumerated() {
                    try write(booth.floor, kind: "booth", name: exhibitors[index] ?? "Stand \(index + 1)", to: &writer)
                }
            }
        }
    }

    private func write(
        _ floor: Rectangle,
        kind: String,
        name: String,
        seats: Int? = nil,
        to writer: inout JSONWriter
    ) throws {
        try writer.object { writer in
            writer.member("type", "Feature")
            writer.object("properties") { writer in
                writer.member("kind", kind)
                writer.member("name", name)
                if let seats { writer.member("seats", seats) }
            }
            writer.key("geometry")
            try write(floor, to: &writer)
        }
    }
}
