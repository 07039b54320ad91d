/// A point on the WGS 84 ellipsoid in fixed-point degrees, always within −90…90 and −180…180.
package struct Coordinate: Hashable, Sendable {
    /// Degrees north of the equator.
    package let latitude: DegreesE7
    /// Degrees east of Greenwich.
    package let longitude: DegreesE7

    /// A point from two angles.
    ///
    /// - Throws: ``CoordinateError`` that names the angle out of range, the latitude first.
    package init(latitude: DegreesE7, longitude: DegreesE7) throws(CoordinateError) {
        guard Self.latitudes.contains(latitude) else { throw .latitudeOutOfRange }
        guard Self.longitudes.contains(longitude) else { throw .longitudeOutOfRange }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// A point from two angles that were already checked.
    package init(stored latitude: DegreesE7, _ longitude: DegreesE7) {
        self.latitude = latitude
        self.longitude = longitude
    }

    /// A point from two angles whose order the sender may have confused.
    ///
    /// Clients of the legacy system send the longitude as the latitude. If the latitude is out of range and the other
    /// order is valid, the angles are exchanged; otherwise they are used as given.
    ///
    /// - Returns: the point, and whether its angles were exchanged.
    package static func normalizingAxes(
        latitude: DegreesE7,
        longitude: DegreesE7
    ) throws(CoordinateError) -> (coordinate: Coordinate, wereExchanged: Bool) {
        if !latitudes.contains(latitude), latitudes.contains(longitude), longitudes.contains(latitude) {
            return (try Coordinate(latitude: longitude, longitude: latitude), true)
        }
        return (try Coordinate(latitude: latitude, longitude: longitude), false)
    }

    private static let latitudes = DegreesE7(rawValue: -900_000_000)...DegreesE7(rawValue: 900_000_000)
    private static let longitudes = DegreesE7(rawValue: -1_800_000_000)...DegreesE7(rawValue: 1_800_000_000)
}

/// Which angle of a point is out of range.
package enum CoordinateError: Error, Equatable, Sendable {
    /// The latitude is not from −90 to 90 degrees.
    case latitudeOutOfRange
    /// The longitude is not from −180 to 180 degrees.
    case longitudeOutOfRange
}
