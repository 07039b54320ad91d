package import Geospatial

/// The place of the simulated venue on Earth: the fairground of San Mateo, aligned with the compass.
///
/// The plan is projected with the lengths of a degree at its corner, which is correct to a few centimetres within half
/// a kilometre.
package enum Site {
    /// The south-western corner's latitude in degrees × 10⁷.
    private static let latitude = 375_457_000.0
    /// The south-western corner's longitude in degrees × 10⁷.
    private static let longitude = -1_222_996_000.0
    /// Steps of 10⁻⁷ degrees in a metre northwards: by the meridian's radius of curvature at 37.5457° on WGS 84.
    private static let stepsPerMetreNorth = 90.099_913_648_626_4
    /// Steps of 10⁻⁷ degrees in a metre eastwards: by the parallel's radius at 37.5457° on WGS 84.
    private static let stepsPerMetreEast = 113.158_621_643_698_27

    /// The place on Earth of a point of the plan.
    ///
    /// - Throws: ``CoordinateError`` for a point whose coordinate would be out of range.
    package static func coordinate(of point: Point) throws(CoordinateError) -> Coordinate {
        let north = (latitude + point.y * stepsPerMetreNorth).rounded()
        let east = (longitude + point.x * stepsPerMetreEast).rounded()
        guard let latitude = Int32(exactly: north) else { throw .latitudeOutOfRange }
        guard let longitude = Int32(exactly: east) else { throw .longitudeOutOfRange }
        return try Coordinate(
            latitude: DegreesE7(rawValue: latitude),
            longitude: DegreesE7(rawValue: longitude)
        )
    }
}
