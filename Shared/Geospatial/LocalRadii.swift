internal import Glibc

/// The radii that convert small differences of angles to metres at a latitude of the WGS 84 ellipsoid.
///
/// With the eccentricity e² = f (2 − f) and w = 1 − e² sin² φ, the meridian is curved with M = a (1 − e²) / w^(3/2) and the
/// parallel is a circle of E = N cos φ = a cos φ / w^(1/2) (Snyder, Map Projections, 1987, equations 4-18 to 4-21). Towards a
/// pole M grows and E falls, for dE/dφ = −M sin φ.
package struct LocalRadii: Sendable {
    /// M, metres per radian of latitude.
    package let meridian: Double
    /// E, metres per radian of longitude; 0 at a pole.
    package let parallel: Double

    /// The radii at a latitude.
    ///
    /// - Parameter latitude: degrees × 10⁷, from −9 × 10⁸ to 9 × 10⁸; fractions are allowed.
    package init(latitude: Double) {
        let angle = latitude * Self.radiansPerStep
        let sine = sin(angle)
        let squaredEccentricity = Geodesic.flattening * (2 - Geodesic.flattening)
        let width = 1 - squaredEccentricity * sine * sine
        let root = width.squareRoot()
        meridian = Geodesic.equatorialRadius * (1 - squaredEccentricity) / (width * root)
        parallel = abs(latitude) >= 900_000_000 ? 0 : Geodesic.equatorialRadius * max(cos(angle), 0) / root
    }

    /// Radians in 10⁻⁷ of a degree.
    package static let radiansPerStep = Double.pi / 180 / Double(DegreesE7.perDegree)
}

extension Geodesic {
    /// The length of the shortest line between two points in metres, slightly less exact than ``distance(from:to:)``.
    ///
    /// Up to 100 m and 89° of latitude it is √((M Δφ)² + (E Δλ)²) with the radii half-way between the two, whose error
    /// is of the order of d³ tan² φ / 24 a², at most 0.1 mm; otherwise it calls ``distance(from:to:)``. It is symmetric
    /// in the two points and takes about 40 ns.
    package static func nearbyDistance(from start: Coordinate, to end: Coordinate) -> Double {
        let (south, north) = (Double(start.latitude.rawValue), Double(end.latitude.rawValue))
        let turn: Int64 = 3_600_000_000
        let eastward = abs(Int64(start.longitude.rawValue) - Int64(end.longitude.rawValue))
        let east = Double(min(eastward, turn - eastward))
        let middle = (south + north) / 2
        guard abs(middle) < 890_000_000, abs(north - south) < 10_000 else { return distance(from: start, to: end) }
        let radii = LocalRadii(latitude: middle)
        let metresNorth = (north - south) * radii.meridian * LocalRadii.radiansPerStep
        let metresEast = east * radii.parallel * LocalRadii.radiansPerStep
        let square = metresNorth * metresNorth + metresEast * metresEast
        return square < 10_000 ? square.squareRoot() : distance(from: start, to: end)
    }
}
