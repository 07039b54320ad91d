internal import Geospatial

/// Metres east and north of an origin: exact to millimetres within some hundred metres.
struct LocalPlane: Sendable {
    private let origin: Coordinate
    private let metresPerStepNorth: Double
    private let metresPerStepEast: Double

    init(origin: Coordinate) {
        self.origin = origin
        let radii = LocalRadii(latitude: Double(origin.latitude.rawValue))
        metresPerStepNorth = radii.meridian * LocalRadii.radiansPerStep
        metresPerStepEast = max(radii.parallel * LocalRadii.radiansPerStep, 1e-9)
    }

    func point(_ coordinate: Coordinate) -> PlanePoint {
        let east = Self.wrapped(Int64(coordinate.longitude.rawValue) - Int64(origin.longitude.rawValue))
        let north = Int64(coordinate.latitude.rawValue) - Int64(origin.latitude.rawValue)
        return PlanePoint(x: Double(east) * metresPerStepEast, y: Double(north) * metresPerStepNorth)
    }

    /// The nearest step of a point; points beyond a pole stay at it.
    func coordinate(_ point: PlanePoint) -> Coordinate {
        let north = (point.y / metresPerStepNorth).rounded() + Double(origin.latitude.rawValue)
        let east = (point.x / metresPerStepEast).rounded() + Double(origin.longitude.rawValue)
        let latitude = Int32(min(max(north, -900_000_000), 900_000_000))
        let longitude = Self.wrapped(Int64(min(max(east, -5e9), 5e9)))
        return Coordinate(stored: DegreesE7(rawValue: latitude), DegreesE7(rawValue: Int32(longitude)))
    }

    private static func wrapped(_ east: Int64) -> Int64 {
        if east > 1_800_000_000 { return east - 3_600_000_000 }
        if east < -1_800_000_000 { return east + 3_600_000_000 }
        return east
    }
}

/// A point of a ``LocalPlane``.
struct PlanePoint: Hashable, Sendable {
    var x: Double
    var y: Double

    func distance(to other: PlanePoint) -> Double { squaredDistance(to: other).squareRoot() }

    func squaredDistance(to other: PlanePoint) -> Double {
        (x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)
    }
}
