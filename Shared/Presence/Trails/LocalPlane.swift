internal import Geospatial

/// A plane with metres east and north of an origin.
///
/// It is exact to millimetres within some hundred metres.
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
        let east = (Int64(coordinate.longitude.rawValue) - Int64(origin.longitude.rawValue)).wrappedLongitude
        let north = Int64(coordinate.latitude.rawValue) - Int64(origin.latitude.rawValue)
        return PlanePoint(x: Double(east) * metresPerStepEast, y: Double(north) * metresPerStepNorth)
    }

    /// The coordinate nearest to a point.
    ///
    /// Points beyond a pole map to the pole.
    func coordinate(_ point: PlanePoint) -> Coordinate {
        let north = (point.y / metresPerStepNorth).rounded() + Double(origin.latitude.rawValue)
        let east = (point.x / metresPerStepEast).rounded() + Double(origin.longitude.rawValue)
        let latitude = Int32(min(max(north, -900_000_000), 900_000_000))
        let longitude = Int64(min(max(east, -5e9), 5e9)).wrappedLongitude
        return Coordinate(stored: DegreesE7(rawValue: latitude), DegreesE7(rawValue: Int32(longitude)))
    }
}

extension Coordinate {
    /// The point at a fraction of the straight line to a nearby coordinate, from 0 to 1.
    func point(towards other: Coordinate, share: Double) -> Coordinate {
        let north = Double(Int64(other.latitude.rawValue) - Int64(latitude.rawValue)) * share
        let way = (Int64(other.longitude.rawValue) - Int64(longitude.rawValue)).wrappedLongitude
        let east = Int64(longitude.rawValue) + Int64((Double(way) * share).rounded())
        return Coordinate(
            stored: DegreesE7(rawValue: latitude.rawValue + Int32(north.rounded())),
            DegreesE7(rawValue: Int32(east.wrappedLongitude))
        )
    }
}

extension Int64 {
    /// Wraps a longitude into −180° to 180°.
    ///
    /// The value must be at most one turn outside.
    var wrappedLongitude: Int64 {
        if self > 1_800_000_000 { return self - 3_600_000_000 }
        return self < -1_800_000_000 ? self + 3_600_000_000 : self
    }
}

/// A point on a ``LocalPlane``.
struct PlanePoint: Hashable, Sendable {
    var x: Double
    var y: Double

    func distance(to other: PlanePoint) -> Double { squaredDistance(to: other).squareRoot() }

    func squaredDistance(to other: PlanePoint) -> Double {
        (x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)
    }
}
