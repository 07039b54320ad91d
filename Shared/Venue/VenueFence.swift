package import Geospatial
package import Models

/// Answers for one task whether places and zones are near some areas, such as the venues of events.
package final class VenueFence {
    private let probe: PlanProbe

    /// Prepares areas.
    ///
    /// - Throws: ``VenuePlan/InvalidZone`` for the first area that is not valid.
    package init(_ areas: [ZoneArea]) throws(VenuePlan.InvalidZone) {
        probe = PlanProbe(try PlanGeometry(areas))
    }

    /// Answers for prepared areas.
    init(_ areas: PlanGeometry) {
        probe = PlanProbe(areas)
    }

    /// The areas within a distance of a place, as indices in ascending order.
    ///
    /// The distance is that to the sides of a square around the place, so that a corner is up to 1.4 times as far.
    package func areas(within metres: Double, of coordinate: Coordinate) -> [Int] {
        let radii = LocalRadii(latitude: Double(coordinate.latitude.rawValue))
        let (x, y) = (Double(coordinate.longitude.rawValue), Double(coordinate.latitude.rawValue))
        // A square of a size of 0 has no interior for GEOS.
        let reach = max(metres, 0.01)
        let east = reach / (radii.parallel * LocalRadii.radiansPerStep)
        let north = reach / (radii.meridian * LocalRadii.radiansPerStep)
        let (containing, meeting) = probe.zones(around: x - east...x + east, y - north...y + north)
        return (containing + meeting).sorted()
    }

    /// Whether an area has a point in common with one of these; `false` also if the area is not valid.
    package func meets(_ area: ZoneArea) -> Bool {
        probe.meets(area)
    }
}
