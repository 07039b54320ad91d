internal import Geospatial
package import Models

/// The zones of a venue, indexed to find those that contain a place.
///
/// A tree of the zones' boxes (STR-packed) finds the candidates and a prepared polygon decides, both by GEOS: O(log zones +
/// log corners) for a place. The plan is immutable, and any number of tasks can read it, each with its own ``VenueReader``.
package final class VenuePlan: Sendable {
    /// The zones, in the order in which they were given.
    package let zones: [Zone]
    /// The index of each zone by its number.
    package let indices: [ZoneID: Int]
    /// The indices of the zones around each zone, the innermost first.
    package let ancestors: [[Int]]
    /// The zones that each transmitter or region stands for.
    let zonesByHint: [ZoneHint: [Int]]
    let geometry: PlanGeometry

    /// Prepares zones.
    ///
    /// - Parameter zones: the zones of one venue.
    /// - Throws: ``InvalidZone`` for the first zone whose area is not valid.
    package init(_ zones: [Zone]) throws(InvalidZone) {
        self.zones = zones
        let indices = Dictionary(zones.enumerated().map { ($1.id, $0) }) { first, _ in first }
        self.indices = indices
        ancestors = zones.map { zone in
            var around: [Int] = []
            // A cycle of parents ends at the first repetition.
            while let next = (around.last.map { zones[$0] } ?? zone).parent.flatMap({ indices[$0] }),
                zones[next].id != zone.id, !around.contains(next)
            {
                around.append(next)
            }
            return around
        }
        var zonesByHint: [ZoneHint: [Int]] = [:]
        for (index, zone) in zones.enumerated() {
            for hint in zone.hints { zonesByHint[hint, default: []].append(index) }
        }
        self.zonesByHint = zonesByHint
        geometry = try PlanGeometry(zones.map(\.area))
    }

    /// The area of a zone in square metres, on a sphere with the local radii; exact to a thousandth for a venue.
    package func squareMetres(of zone: Int) -> Double {
        zones[zone].area.polygons.reduce(0) { sum, rings in
            let areas = rings.map(Self.squareMetres)
            return sum + (areas.first ?? 0) - areas.dropFirst().reduce(0, +)
        }
    }

    /// The area within a ring by the shoelace formula.
    private static func squareMetres(within ring: [Coordinate]) -> Double {
        guard let first = ring.first else { return 0 }
        let radii = LocalRadii(latitude: Double(first.latitude.rawValue))
        let scale = radii.parallel * radii.meridian * LocalRadii.radiansPerStep * LocalRadii.radiansPerStep
        let points = ring.map { corner in
            (
                Double(corner.longitude.rawValue) - Double(first.longitude.rawValue),
                Double(corner.latitude.rawValue) - Double(first.latitude.rawValue)
            )
        }
        let twice = zip(points, points.dropFirst()).reduce(0) { $0 + $1.0.0 * $1.1.1 - $1.1.0 * $1.0.1 }
        return abs(twice) / 2 * scale
    }

    /// A zone whose area is not valid.
    package struct InvalidZone: Error, Hashable {
        /// The place of the zone in the list that was given.
        package let index: Int
        /// The reason.
        package let error: ZoneAreaError
    }
}
