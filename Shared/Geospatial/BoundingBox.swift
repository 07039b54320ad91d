#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The latitudes and longitudes that a circle on the ellipsoid cannot leave.
///
/// On a line of length s that starts at latitude φ₀, |dφ/ds| = |cos α| / M(φ) ≤ 1 / M₀ with the least meridian radius
/// M₀ = a (1 − e²), so that |φ − φ₀| ≤ r / M₀ all along it. Then |dλ/ds| = |sin α| / (N(φ) cos φ) ≤ 1 / (a cos φₘ), where
/// N ≥ a and φₘ = |φ₀| + r / M₀ is the farthest latitude that it can reach; at a pole any longitude can be reached.
/// Both bounds are rounded up to whole steps and one more, which covers the rounding of these few operations.
package struct BoundingBox: Hashable, Sendable {
    /// The least and the greatest latitude, in degrees × 10⁷, both included.
    package let latitudes: ClosedRange<Int32>
    /// The longitudes as up to two ranges of degrees × 10⁷, both ends included: two across the antimeridian.
    package let longitudes: LongitudeRanges

    /// The box round a circle.
    ///
    /// - Parameters:
    ///   - center: the centre.
    ///   - radius: the radius in metres, not negative.
    package init(center: Coordinate, radius: Double) {
        let latitude = Int64(center.latitude.rawValue)
        let reach = Self.steps(radians: radius / Geodesic.leastMeridianRadius)
        latitudes = Int32(max(latitude - reach, -900_000_000))...Int32(min(latitude + reach, 900_000_000))

        let farthest = max(-Int64(latitudes.lowerBound), Int64(latitudes.upperBound))
        let cosine = cos(Double(farthest) / Self.stepsPerRadian)
        let halfWidth =
            farthest >= 900_000_000
            ? Self.halfTurn : Self.steps(radians: radius / (Geodesic.equatorialRadius * max(cosine, 1e-12)))
        longitudes = LongitudeRanges(center: Int64(center.longitude.rawValue), halfWidth: halfWidth)
    }

    /// Whether a point lies in the box.
    package func contains(_ coordinate: Coordinate) -> Bool {
        latitudes.contains(coordinate.latitude.rawValue) && longitudes.contains(coordinate.longitude.rawValue)
    }

    private static let halfTurn: Int64 = 1_800_000_000
    private static let stepsPerRadian = 180 / Double.pi * Double(DegreesE7.perDegree)

    private static func steps(radians: Double) -> Int64 {
        let steps = radians * stepsPerRadian
        return steps < Double(halfTurn) ? Int64(steps) + 2 : halfTurn
    }
}

/// One range of longitudes, or the two that it falls into at the antimeridian, in degrees × 10⁷, ends included.
package struct LongitudeRanges: Hashable, Sendable {
    /// The range, or its part east of the antimeridian's western side.
    package let first: ClosedRange<Int32>
    /// The part on the other side of the antimeridian, if it is crossed.
    package let second: ClosedRange<Int32>?

    init(center: Int64, halfWidth: Int64) {
        let halfTurn: Int64 = 1_800_000_000
        let west = center - halfWidth
        let east = center + halfWidth
        if halfWidth >= halfTurn {
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

    /// Whether a longitude lies in the ranges.
    package func contains(_ longitude: Int32) -> Bool {
        first.contains(longitude) || second?.contains(longitude) == true
    }
}
