import Geospatial
import HTTPServer
import JSON
import Models

/// The forms in which a trail is written.
enum TrailFormat: String, CaseIterable {
    /// A bare array of locations as the legacy API has them.
    case json = "application/json"
    /// A FeatureCollection of points (RFC 7946).
    case geoJSON = "application/geo+json"

    /// Chooses by the `Accept` field; JSON if it does not care.
    ///
    /// - Throws: a 406 problem if it accepts neither.
    init(accept: String?) throws(Problem) {
        guard let accept, !accept.isEmpty else {
            self = .json
            return
        }
        // The first type that is known wins; clients that weigh types list the one they want first.
        for range in accept.split(separator: ",") {
            let parts = range.lowercased().filter { $0 != " " }.split(separator: ";").map(String.init)
            guard let type = parts.first, !parts.contains(where: Self.isRefusal) else { continue }
            if let format = TrailFormat(rawValue: type) {
                self = format
                return
            }
            if ["*/*", "application/*"].contains(type) {
                self = .json
                return
            }
        }
        throw Problem(
            .notAcceptable,
            "A trail can be had as application/json or application/geo+json.",
            errors: [.header("Accept", "Expected application/json or application/geo+json.")]
        )
    }

    /// A weight of zero, `q=0.0`, says that a type is not wanted.
    private static func isRefusal(_ parameter: String) -> Bool {
        parameter.hasPrefix("q=") && parameter.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
    }

    var contentType: String { rawValue }

    func begin(_ writer: inout JSONWriter) {
        if self == .geoJSON {
            writer.beginObject()
            writer.member("type", "FeatureCollection")
            writer.key("features")
        }
        writer.beginArray()
    }

    func write(_ location: Location, to writer: inout JSONWriter) {
        switch self {
        case .json: location.write(to: &writer)
        case .geoJSON: Self.writeFeature(location, to: &writer)
        }
    }

    func end(_ writer: inout JSONWriter) {
        writer.endArray()
        if self == .geoJSON { writer.endObject() }
    }

    private static func writeFeature(_ location: Location, to writer: inout JSONWriter) {
        let coordinate = location.report.coordinate
        writer.beginObject()
        writer.member("type", "Feature")
        writer.member("id", location.id.rawValue)
        writer.key("geometry")
        writer.beginObject()
        writer.member("type", "Point")
        writer.key("coordinates")
        writer.beginArray()
        writer.value(json: coordinate.longitude.description.utf8)
        writer.value(json: coordinate.latitude.description.utf8)
        writer.endArray()
        writer.endObject()
        writer.key("properties")
        writer.beginObject()
        writer.member("person_id", location.report.personID.rawValue)
        // GeoJSON's readers know no legacy: the zone is said.
        writer.member("creation_time", location.report.creationTime.description + "Z")
        if let accuracy = location.report.accuracy { writer.member("accuracy", accuracy.metres) }
        writer.endObject()
        writer.endObject()
    }
}
