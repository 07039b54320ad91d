internal import Glibc

/// A box that contains all points within a radius of a point or of a patch of the ellipsoid.
///
/// On a line of length s that starts at latitude φ₀, |dφ/ds| = |cos α| / M(φ) ≤ 1 / M₀ with the least meridian radius
/// M₀ = a (1 − e²), so that |φ − φ₀| ≤ r / M₀ all along it. Then |dλ/ds| = |sin α| / (N(φ) cos φ) ≤ 1 / (a cos φₘ),
/// where N ≥ a and φₘ = |φ₀| + r / M₀ is the farthest latitude that it can reach. At a pole, any longitude can be
/// reached. Both bounds are rounded up to whole steps and one more, which covers the rounding of these few operations.
package struct BoundingBox: Hashable, Sendable {
    /// The minimum and the maximum latitude, in degrees × 10⁷, both included.
    package let latitudes: ClosedRange<Int32>
    /// The longitudes as up to two ranges of degrees × 10⁷, both ends included: two across the antimeridian.
    package let longitudes: LongitudeRanges
    /// The cosine of the farthest latitude, rounded down: a degree of longitude in the box is at least this share of
    /// one on the equator.
    package let leastCosine: Double

    /// The box round a circle.
    ///
    /// - Parameters:
    ///   - center: the centre.
    ///   - radius: the radius in metres, not negative.
    package init(center: Coordinate, radius: Double) {
        let (latitude, longitude) = (center.latitude.rawValue, center.longitude.rawValue)
        self.init(around: latitude...latitude, longitude...longitude, radius: radius)
    }

    /// The box round a patch between two parallels and two meridians.
    ///
    /// - Parameters:
    ///   - latitudes: the patch's latitudes in degrees × 10⁷.
    ///   - longitudes: the patch's longitudes in degrees × 10⁷.
    ///   - radius: the distance from the patch in metres, not negative.
    package init(around latitudes: ClosedRange<Int32>, _ longitudes: ClosedRange<Int32>, radius: Double) {
        let reach = Self.steps(radians: radius / Geodesic.leastMeridianRadius)
        let south = max(Int64(latitudes.lowerBound) - reach, -Self.quarterTurn)
        let north = min(Int64(latitudes.upperBound) + reach, Self.quarterTurn)
        let farthest = max(-south, north)
        let isPolar = farthest >= Self.quarterTurn
        let cosine = isPolar ? 0 : cos(Double(farthest) / Self.stepsPerRadian) * (1 - 1e-9)
        let width =
            isPolar ? Self.halfTurn : Self.steps(radians: radius / (Geodesic.equatorialRadius * max(cosine, 1e-12)))
        self.latitudes = Int32(south)...Int32(north)
        self.longitudes = LongitudeRanges(
            west: Int64(longitudes.lowerBound) - width,
            east: Int64(longitudes.upperBound) + width
        )
        leastCosine = cosine
    }

    private static let quarterTurn: Int64 = 900_000_000
    private static let halfTurn: Int64 = 1_800_000_000
    private static let stepsPerRadian = 180 / Double.pi * Double(DegreesE7.perDegree)

    private static func steps(radians: Double) -> Int64 {
        let steps = radians * stepsPerRadian
        return steps < Double(halfTurn) ? Int64(steps) + 2 : halfTurn
    }
}

/// A range of longitudes, or its two parts at the antimeridian, in degrees × 10⁷, including the ends.
package struct LongitudeRanges: Hashable, Sendable {
    /// The range, or one part of it.
    package let first: ClosedRange<Int32>
    /// The part on the other side of the antimeridian, if it is crossed or touched.
    package let second: ClosedRange<Int32>?

    /// A range between two meridians, of which either may be beyond the antimeridian.
    init(west: Int64, east: Int64) {
        let halfTurn: Int64 = 1_800_000_000
        if east - west >= 2 * halfTurn {
            first = Int32(-halfTurn)...Int32(halfTurn)
            second = nil
        } else if west <= -halfTurn {
            first = Int32(-halfTurn)...Int32(east)
            second = Int32(west + 2 * halfTurn)...Int32(halfTurn)
        } else if east >= halfTurn {
            first = Int32(west)...Int32(halfTurn)
            second = Int32(-halfTurn)...Int32(east - 2 * halfTurn)
        } else {
            first = Int32(west)...Int32(east)
            second = nil
        }
    }
}
