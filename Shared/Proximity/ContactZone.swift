package import Geospatial

/// Decides whether two points are within a radius, for points in a band of latitude.
///
/// Two multiplications usually suffice.
///
/// **Bound.** The metric of the ellipsoid is ds² = M² dφ² + E² dλ² (``LocalRadii``). Let B be the band extended by all latitudes
/// within the radius r. M increases and E decreases towards the poles, so their extremes over B are at the smallest and
/// the largest |φ|. For two points P in the band and Q in B, Δφ and Δλ apart (|Δλ| ≤ 180°), let
/// U² = (Mₘₐₓ Δφ)² + (Eₘₐₓ Δλ)².
/// * The line from P to Q along which λ is linear in φ stays in B and has at most the length U. Hence d(P, Q) ≤ U.
/// * If d = d(P, Q) ≤ r, the geodesic stays in B as well, and by Minkowski's inequality
///   d = ∫ √((M φ′)² + (E λ′)²) ≥ √((Mₘᵢₙ Δφ)² + (Eₘᵢₙ Δλ)²) ≥ √κ U with κ = min(Mₘᵢₙ/Mₘₐₓ, Eₘᵢₙ/Eₘₐₓ)². The geodesic covers
///   Δλ the short way round because r is less than Eₘᵢₙ times a quarter turn. Otherwise no point counts as beyond.
///
/// Hence U ≤ r means within, and U > r/√κ means beyond. ``Geodesic`` decides the points between these bounds, a ring of width
/// r·O(r tan φ / a): 25 µm at r = 5 m. Both bounds include the 15 nm error of ``Geodesic`` and the rounding error of U² in single
/// precision (eight operations of 2⁻²⁴ each, less than 10⁻⁶ of U²). The result equals PostGIS's `ST_DWithin` for geography.
package struct ContactZone: Sendable {
    /// The radius in metres.
    ///
    /// A point at exactly this distance is within.
    package let radius: Double
    /// Maximum distance to the north or south of a point within the radius, in steps of 10⁻⁷ degrees.
    package let reachNorth: Int64
    /// Maximum distance to the east or west of a point within the radius, in steps of 10⁻⁷ degrees.
    package let reachEast: Int64

    /// Metres per step in the definition of U.
    let metresNorth: Float
    let metresEast: Float
    /// Up to this U², a point is within.
    let inner: Float
    /// Above this U², a point is beyond.
    let outer: Float

    /// The conclusion from U² about two points.
    package enum Verdict: Sendable {
        /// Their distance is at most the radius.
        case within
        /// Their distance exceeds the radius.
        case beyond
        /// Too close to the radius; ``ContactZone/isWithin(_:_:)`` decides.
        case unclear
    }

    /// Creates the zone of a band, in about 100 ns.
    ///
    ///
    /// - Parameters:
    ///   - latitudes: the band, in degrees × 10⁷; one of the two points must be in it.
    ///   - radius: metres, not negative.
    package init(latitudes: ClosedRange<Int64>, radius: Double) {
        self.radius = radius
        let quarterTurn: Int64 = 900_000_000
        reachNorth = Int64(min(radius / Geodesic.leastMeridianRadius / LocalRadii.radiansPerStep, 1e9)) + 2
        let south = max(latitudes.lowerBound - reachNorth, -quarterTurn)
        let north = min(latitudes.upperBound + reachNorth, quarterTurn)
        let farthest = LocalRadii(latitude: Double(max(-south, north)))
        let nearest = LocalRadii(latitude: south <= 0 && north >= 0 ? 0 : Double(min(abs(south), abs(north))))
        metresNorth = Float(farthest.meridian * LocalRadii.radiansPerStep)
        metresEast = Float(nearest.parallel * LocalRadii.radiansPerStep)
        let innerRadius = max(radius - Self.geodesicError, 0)
        inner = Float(innerRadius * innerRadius * (1 - Self.roundingError))
        // At more than a quarter turn, points may be close across the pole.
        let widest = farthest.parallel * .pi / 2 * (1 - Self.roundingError)
        guard radius + Self.geodesicError < widest else {
            reachEast = 4 * quarterTurn
            outer = .infinity
            return
        }
        reachEast = Int64(radius / (farthest.parallel * LocalRadii.radiansPerStep) * (1 + Self.roundingError)) + 2
        let ratio = min(nearest.meridian / farthest.meridian, farthest.parallel / nearest.parallel)
        let outerRadius = (radius + Self.geodesicError) / ratio
        outer = Float(outerRadius * outerRadius * (1 + Self.roundingError)).nextUp
    }

    /// U² in square metres of two points with the given differences in steps, taking the shorter way round.
    @inline(__always)
    func squaredUpperBound(north: Int32, east: Int32) -> Float {
        let (north, east) = (Float(north) * metresNorth, Float(east) * metresEast)
        return north * north + east * east
    }

    /// The conclusion from U² of two points.
    @inline(__always)
    func verdict(_ square: Float) -> Verdict {
        if square <= inner { return .within }
        return square > outer ? .beyond : .unclear
    }

    /// Whether two points are within the radius of each other.
    ///
    /// The first point must be in the band.
    package func isWithin(_ point: Coordinate, _ other: Coordinate) -> Bool {
        let turn: Int64 = 3_600_000_000
        let eastward = abs(Int64(point.longitude.rawValue) - Int64(other.longitude.rawValue))
        let east = min(eastward, turn - eastward)
        let north = Int64(point.latitude.rawValue) - Int64(other.latitude.rawValue)
        guard abs(north) <= reachNorth, east <= reachEast else { return false }
        switch verdict(squaredUpperBound(north: Int32(north), east: Int32(east))) {
        case .within: return true
        case .beyond: return false
        case .unclear: return Geodesic.distance(from: point, to: other) <= radius
        }
    }

    /// Twice the maximum error of ``Geodesic``, in metres.
    private static let geodesicError = 30e-9
    /// An upper bound of the relative error of U² in single precision.
    private static let roundingError = 2e-6
}
