internal import CLibProj

/// The WGS 84 ellipsoid and distances on it.
package enum Geodesic {
    /// The equatorial radius in metres.
    package static let equatorialRadius = 6_378_137.0
    /// The flattening.
    package static let flattening = 1 / 298.257_223_563
    /// The minimum radius of curvature of a meridian, in metres: a (1 − e²), at the equator.
    package static let leastMeridianRadius = equatorialRadius * (1 - flattening) * (1 - flattening)

    /// The length of the shortest line between two points, in metres.
    ///
    /// It is PROJ's `geod_inverse` (C. F. F. Karney, Algorithms for geodesics, J. Geodesy 87, 2013; accurate to 15 nm),
    /// called exactly as PostGIS calls it for its geography type: through radians and back, longitudes within ±π. So
    /// the result is the same to the last bit, and so is every comparison with it. It takes about a microsecond.
    package static func distance(from start: Coordinate, to end: Coordinate) -> Double {
        if start == end { return 0 }
        var distance = 0.0
        withUnsafePointer(to: ellipsoid) { ellipsoid in
            geod_inverse(
                ellipsoid,
                throughRadians(start.latitude),
                throughRadians(start.longitude),
                throughRadians(end.latitude),
                throughRadians(end.longitude),
                &distance,
                nil,
                nil
            )
        }
        return distance
    }

    private static let ellipsoid: geod_geodesic = {
        var ellipsoid = geod_geodesic()
        // PostGIS computes the flattening from the two radii, which differs in the last bits.
        let polarRadius = equatorialRadius - equatorialRadius * flattening
        geod_init(&ellipsoid, equatorialRadius, (equatorialRadius - polarRadius) / equatorialRadius)
        return ellipsoid
    }()

    /// An angle after PostGIS's conversion to radians and back.
    private static func throughRadians(_ angle: DegreesE7) -> Double {
        180.0 * (Double.pi * angle.degrees / 180.0) / Double.pi
    }
}
