/// The mean of points that are close together, in whole steps, independent of their order.
///
/// The angles are added as integers. Longitudes are added once from −180° to 180° and once from 0° to 360°. The mean
/// uses the range in which they are closer together, so it is correct across the antimeridian. Only the final division
/// rounds; sums have room for 10⁹ points.
package struct MeanCoordinate: Sendable {
    private var count: Int64 = 0
    private var latitudes: Int64 = 0
    private var longitudes: Int64 = 0
    /// The number of points west of Greenwich.
    private var western: Int64 = 0
    private var range: (west: Int64, east: Int64)
    /// The sum with longitudes from 0° to 360°.
    private var turnedRange: (west: Int64, east: Int64)
    private let first: Coordinate

    /// The mean of one point.
    package init(_ point: Coordinate) {
        first = point
        let longitude = Int64(point.longitude.rawValue)
        range = (longitude, longitude)
        turnedRange = (Self.turned(longitude), Self.turned(longitude))
        add(point)
    }

    /// Adds a point.
    package mutating func add(_ point: Coordinate) {
        let longitude = Int64(point.longitude.rawValue)
        let turned = Self.turned(longitude)
        count += 1
        latitudes += Int64(point.latitude.rawValue)
        longitudes += longitude
        western += longitude < 0 ? 1 : 0
        range = (min(range.west, longitude), max(range.east, longitude))
        turnedRange = (min(turnedRange.west, turned), max(turnedRange.east, turned))
    }

    /// The mean, to the nearest step, halves away from zero.
    package var coordinate: Coordinate {
        let crosses = turnedRange.east - turnedRange.west < range.east - range.west
        var longitude = Self.quotient(longitudes + (crosses ? western * Self.fullTurn : 0), count)
        if longitude > Self.fullTurn / 2 { longitude -= Self.fullTurn }
        let mean = try? Coordinate(
            latitude: DegreesE7(rawValue: Int32(truncatingIfNeeded: Self.quotient(latitudes, count))),
            longitude: DegreesE7(rawValue: Int32(truncatingIfNeeded: longitude))
        )
        // A mean of valid angles is valid, which the compiler does not know.
        return mean ?? first
    }

    private static let fullTurn: Int64 = 3_600_000_000

    private static func turned(_ longitude: Int64) -> Int64 {
        longitude < 0 ? longitude + fullTurn : longitude
    }

    private static func quotient(_ sum: Int64, _ count: Int64) -> Int64 {
        (sum + (sum < 0 ? -(count / 2) : count / 2)) / count
    }
}
