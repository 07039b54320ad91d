import Geospatial
import JSON
import Models

/// Reads and writes the areas of GeoJSON (RFC 7946): Polygon and MultiPolygon.
struct GeoJSONArea {
    /// The maximum number of corners of a plan.
    static let maximumCorners = 200_000

    /// The JSON pointer of the geometry.
    var pointer: String
    /// The number of corners that were read.
    private(set) var corners = 0

    init(pointer: String, corners: Int = 0) {
        (self.pointer, self.corners) = (pointer, corners)
    }

    /// Reads a geometry object.
    ///
    /// - Returns: the area; `nil` for a geometry without an area and after an error, which `errors` then contains.
    /// - Throws: `JSONError` if the text is not JSON of this form.
    mutating func read(_ reader: inout JSONReader, _ errors: inout ContentErrors) throws(JSONError) -> ZoneArea? {
        var (type, coordinates) = (nil as String?, nil as JSONReader?)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "type": type = try reader.readString()
            case "coordinates":
                // The type says how to read them, and may follow them.
                coordinates = reader
                try reader.skipValue()
            default: try reader.skipValue()
            }
        }
        guard let type, type == "Polygon" || type == "MultiPolygon", var coordinates else {
            errors.add(pointer, "Expected a geometry of the type Polygon or MultiPolygon with coordinates.")
            return nil
        }
        let count = errors.count
        var polygons: [ZoneArea.Polygon] = []
        if type == "Polygon" {
            polygons.append(try polygon(&coordinates, "\(pointer)/coordinates", &errors))
        } else {
            try coordinates.beginArray()
            while try coordinates.nextElement() {
                polygons.append(try polygon(&coordinates, "\(pointer)/coordinates/\(polygons.count)", &errors))
            }
        }
        return errors.count == count ? ZoneArea(polygons) : nil
    }

    private mutating func polygon(
        _ reader: inout JSONReader,
        _ pointer: String,
        _ errors: inout ContentErrors
    ) throws(JSONError) -> ZoneArea.Polygon {
        var rings: ZoneArea.Polygon = []
        try reader.beginArray()
        while try reader.nextElement() {
            var ring: [Coordinate] = []
            var place = 0
            try reader.beginArray()
            while try reader.nextElement() {
                if let coordinate = try Self.position(&reader) {
                    ring.append(coordinate)
                } else {
                    errors.add(
                        "\(pointer)/\(rings.count)/\(place)",
                        "Expected a longitude from -180 to 180 and a latitude from -90 to 90."
                    )
                }
                place += 1
                corners += 1
                if corners == Self.maximumCorners + 1 {
                    errors.add(pointer, "Expected at most \(Self.maximumCorners) corners in all polygons together.")
                }
            }
            rings.append(ring)
        }
        return rings
    }

    /// A position; more numbers than two, such as an altitude, are ignored.
    private static func position(_ reader: inout JSONReader) throws(JSONError) -> Coordinate? {
        var angles: [DegreesE7?] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let range = try reader.readNumber()
            if angles.count < 2 { angles.append(try? DegreesE7(decimal: reader.bytes[range])) }
        }
        guard angles.count == 2, let longitude = angles[0], let latitude = angles[1] else { return nil }
        return try? Coordinate(latitude: latitude, longitude: longitude)
    }

    /// Writes a geometry object: a Polygon if it is one, else a MultiPolygon.
    static func write(_ area: ZoneArea, to writer: inout JSONWriter) {
        writer.object { writer in
            if let polygon = area.polygons.first, area.polygons.count == 1 {
                writer.member("type", "Polygon")
                writer.key("coordinates")
                write(polygon, to: &writer)
            } else {
                writer.member("type", "MultiPolygon")
                writer.array("coordinates", of: area.polygons) { write($1, to: &$0) }
            }
        }
    }

    private static func write(_ polygon: ZoneArea.Polygon, to writer: inout JSONWriter) {
        writer.array(of: polygon) { writer, ring in
            writer.array(of: ring) { writer, coordinate in
                writer.array { writer in
                    writer.value(json: coordinate.longitude.description.utf8)
                    writer.value(json: coordinate.latitude.description.utf8)
                }
            }
        }
    }
}
