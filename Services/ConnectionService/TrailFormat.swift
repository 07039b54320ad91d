import Geospatial
import HTTPServer
import JSON
import Models
import RESTContract

/// The formats of a trail.
enum TrailFormat: String, NegotiatedFormat {
    /// An array of locations, as in the legacy API.
    case json = "application/json"
    /// A FeatureCollection of points (RFC 7946).
    case geoJSON = "application/geo+json"

    static let subject = "A trail"
    var contentType: String { rawValue }

    func begin(_ writer: inout JSONWriter) {
        if self == .geoJSON {
            writer.begin(.object)
            writer.member("type", "FeatureCollection")
            writer.key("features")
        }
        writer.begin(.array)
    }

    func write(_ location: Location, to writer: inout JSONWriter) {
        switch self {
        case .json: location.write(to: &writer)
        case .geoJSON: Self.writeFeature(location, to: &writer)
        }
    }

    func end(_ writer: inout JSONWriter) {
        writer.end(.array)
        if self == .geoJSON { writer.end(.object) }
    }

    private static func writeFeature(_ location: Location, to writer: inout JSONWriter) {
        let coordinate = location.report.coordinate
        writer.object { writer in
            writer.member("type", "Feature")
            writer.member("id", location.id.rawValue)
            writer.key("geometry")
            writer.writePoint(coordinate)
            writer.object("properties") { writer in
                writer.member("person_id", location.report.personID.rawValue)
                // GeoJSON readers expect a zone.
                writer.member("creation_time", location.report.creationTime.description + "Z")
                location.report.writeDetails(to: &writer)
            }
        }
    }
}
