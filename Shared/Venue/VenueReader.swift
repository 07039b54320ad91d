package import Geospatial
internal import Glibc

/// Answers for one task in which zones of a plan places lie.
package final class VenueReader {
    private let probe: PlanProbe

    package init(_ plan: VenuePlan) {
        probe = PlanProbe(plan.geometry)
    }

    /// A zone and the probability that something is in it.
    package struct Likelihood: Hashable, Sendable {
        /// The index of the zone in ``VenuePlan/zones``.
        package let zone: Int
        /// The probability, from 0 to 1.
        package let probability: Double
    }

    /// The zones that contain a place.
    ///
    /// - Parameter coordinate: the place; a place on the border of a zone is outside.
    /// - Returns: the indices of the zones in ascending order.
    package func zones(at coordinate: Coordinate) -> [Int] {
        probe.zones(containing: Double(coordinate.longitude.rawValue), Double(coordinate.latitude.rawValue))
    }

    /// Standard deviations around a place beyond which nothing is looked for.
    private static let reach = 3.0
    /// The number of points that stand for a normal distribution.
    private static let pointCount = 64

    /// Points of equal probability under a standard normal distribution in the plane, on a golden-angle spiral.
    private static let points: [(x: Double, y: Double)] = (0..<pointCount).map { index in
        // The radius of a normal distribution in the plane has a Rayleigh distribution; this is its inverse.
        let radius = (-2 * log(1 - (Double(index) + 0.5) / Double(pointCount))).squareRoot()
        let angle = Double(index) * Double.pi * (3 - 5.0.squareRoot())
        return (radius * cos(angle), radius * sin(angle))
    }

    /// The zones that may contain an object with an uncertain place.
    ///
    /// - Parameters:
    ///   - coordinate: the mean of the place.
    ///   - deviation: its standard deviation in each direction, in metres.
    /// - Returns: the zones with a probability above 0, in ascending order.
    package func likelihoods(around coordinate: Coordinate, deviation: Double) -> [Likelihood] {
        let radii = LocalRadii(latitude: Double(coordinate.latitude.rawValue))
        let (x, y) = (Double(coordinate.longitude.rawValue), Double(coordinate.latitude.rawValue))
        let east = deviation / (radii.parallel * LocalRadii.radiansPerStep)
        let north = deviation / (radii.meridian * LocalRadii.radiansPerStep)
        let (halfWidth, halfHeight) = (Self.reach * east, Self.reach * north)
        let (containing, bordering) = probe.zones(
            around: x - halfWidth...x + halfWidth,
            y - halfHeight...y + halfHeight
        )
        var found = containing.map { Likelihood(zone: $0, probability: 1) }
        if !bordering.isEmpty {
            var hits = [Int](repeating: 0, count: bordering.count)
            for offset in Self.points {
                let isInside = probe.contained(x + offset.x * east, y + offset.y * north, in: bordering)
                for index in hits.indices where isInside[index] { hits[index] += 1 }
            }
            for (zone, hits) in zip(bordering, hits) where hits > 0 {
                found.append(Likelihood(zone: zone, probability: Double(hits) / Double(Self.pointCount)))
            }
        }
        return found.sorted { $0.zone < $1.zone }
    }
}
