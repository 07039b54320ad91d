import JSON
import Models

extension ListWriter {
    /// Writes a location of a trail.
    mutating func write(_ location: Location) {
        guard format == .geoJSON else { return location.write(to: &json) }
        json.feature(id: location.id.rawValue) {
            $0.writePoint(location.report.coordinate)
        } properties: { writer in
            writer.member("person_id", location.report.personID.rawValue)
            // GeoJSON readers expect a zone.
            writer.member("creation_time", location.report.creationTime.description + "Z")
            location.report.writeDetails(to: &writer)
        }
    }
}
