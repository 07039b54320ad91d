package import Geospatial

/// Decides which points lie within a radius of points in a band of latitude, mostly by two multiplications.
///
/// **Bound.** The metric of the ellipsoid is ds² = M² dφ² + E² dλ² (``LocalRadii``). Let B be the band together with all
/// latitudes that can be reached from it within the radius r; M grows and E falls towards the poles, so that their
/// extremes over B are those at its least and its greatest |φ|. For two points P in the band and Q in B, Δφ and Δλ apart
/// (|Δλ| ≤ 180°), let U² = (Mₘₐₓ Δφ)² + (Eₘₐₓ Δλ)².
/// * The line from P to Q along which λ is linear in φ stays in B and is at most U long, so that d(P, Q) ≤ U.
/// * If d = d(P, Q) ≤ r, the geodesic stays in B as well, and by Minkowski's inequality
///   d = ∫ √((M φ′)² + (E λ′)²) ≥ √((Mₘᵢₙ Δφ)² + (Eₘᵢₙ Δλ)²) ≥ √κ U with κ = min(Mₘᵢₙ/Mₘₐₓ, Eₘᵢₙ/Eₘₐₓ)². Here the whole Δλ
///   is passed the short way round, because r is less than Eₘᵢₙ times a quarter turn; where it is not, nothing is called too far.
///
/// Hence U ≤ r says within, U > r/√κ says beyond, and what lies between, r·O(r tan φ / a) wide — 25 µm at r = 5 m — is asked of
/// ``Geodesic``. ``Geodesic``'s own 15 nm and the rounding of U² in single precision (eight operations of 2⁻²⁴ each, less
/// than 10⁻⁶ of U² together) are added on both sides, so that the verdict equals PostGIS's `ST_DWithin` for geography.
package struct ContactZone: Sendable {
    /// The radius in metres; a point at exactly this distance lies within.
    package let radius: Double
    /// How many steps of 10⁻⁷ degrees a point within the radius can be to the north or south at most.
    package let reachNorth: Int64
    /// How many steps of 10⁻⁷ degrees a point within the radius can be to the east or west at most.
    package let reachEast: Int64

    /// Metres a step, as U takes them.
    let metresNorth: Float
    let metresEast: Float
    /// Up to here U² says within.
    let inner: Float
    /// Beyond here U² says beyond.
    let outer: Float

    /// What U tells about two points.
    package enum Verdict: Sendable {
        /// They lie within the radius of each other.
        case within
        /// They do not.
        case beyond
        /// Too close to the radius to say; ``ContactZone/isWithin(_:_:)`` knows.
        case unclear
    }

    /// The zone of a band.
    ///
    /// About 100 ns.
    ///
    /// - Parameters:
    ///   - latitudes: where one of the two points always lies, in degrees × 10⁷.
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
        // Beyond a quarter turn, points are close across the pole.
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

    /// U² in square metres of two points so many steps apart, the shorter way round.
    @inline(__always)
    func squaredUpperBound(north: Int32, east: Int32) -> Float {
        let (north, east) = (Float(north) * metresNorth, Float(east) * metresEast)
        return north * north + east * east
    }

    /// What U² of two points tells.
    @inline(__always)
    func verdict(_ square: Float) -> Verdict {
        if square <= inner { return .within }
        return square > outer ? .beyond : .unclear
    }

    /// Whether two points, the first of which lies in the band, are within the radius of each other.
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

    /// Twice what ``Geodesic`` may be wrong by, in metres.
    private static let geodesicError = 30e-9
    /// More than single precision may be wrong by in U², relative to it.
    private static let roundingError = 2e-6
}
