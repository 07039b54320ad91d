import Foundation
import Geospatial
import Proximity
import Testing

/// The type's documentation proves the bound; these tests try each of its claims.
@Suite struct ContactZoneTests {
    /// Pole to pole, including the equator and both sides of latitudes at which columns double.
    static let latitudes: [Int32] =
        stride(from: -90, through: 90, by: 7.5).map { Int32($0 * 10_000_000) } + [
            599_999_999, 600_000_000, 755_224_879, 890_000_000, 899_440_471, 899_990_000, 899_999_999, -899_999_000,
        ]

    /// Each result equals that of the geodesic, for radii equal to the distance, the adjacent doubles, and radii that differ by
    /// about the width of the bound.
    @Test(arguments: [0.011, 0.5, 5, 12.5, 100, 1_000, 10_000])
    func agreesWithTheGeodesic(metres: Double) throws {
        var unclear = 0
        for latitude in Self.latitudes {
            for longitude: Int32 in [0, 1_799_999_990] {
                let point = try point(Int64(latitude), Int64(longitude))
                for direction in 0..<16 {
                    let other = try place(metres, from: point, towards: Double(direction) / 8 * .pi + 0.05)
                    let distance = Geodesic.distance(from: point, to: other)
                    for radius in Self.radii(round: distance) {
                        let expected = distance <= radius
                        // The point may be anywhere in the band.
                        let south = Int64(latitude) - Int64(direction) * 128
                        let zone = ContactZone(latitudes: south...south + 2_047, radius: radius)
                        #expect(zone.isWithin(point, other) == expected, "\(latitude) \(direction) \(radius)")
                        #expect(zone.reachNorth >= abs(Int64(other.latitude.rawValue) - Int64(latitude)) || !expected)
                        if radius == distance { unclear += 1 }
                    }
                }
            }
        }
        #expect(unclear > 500)
    }

    @Test func nearbyDistancesEqualTheGeodesic() throws {
        for latitude in Self.latitudes {
            let point = try point(Int64(latitude), 1_799_999_990)
            for metres in [0.0, 0.02, 1, 5, 40, 99, 101, 2_000] {
                for direction in 0..<8 {
                    let other = try place(metres, from: point, towards: Double(direction) / 4 * .pi)
                    let distance = Geodesic.nearbyDistance(from: point, to: other)
                    #expect(abs(distance - Geodesic.distance(from: point, to: other)) < 0.001)
                    #expect(distance == Geodesic.nearbyDistance(from: other, to: point))
                }
            }
        }
    }

    private static func radii(round distance: Double) -> [Double] {
        var radii = [distance, distance.nextUp, distance.nextDown]
        for difference in [20e-9, 1e-6, distance * 1e-6, distance * 1e-4, distance * 0.01] {
            radii += [distance + difference, distance - difference]
        }
        return radii.filter { (0...10_000).contains($0) }
    }

    /// A place at about the given distance, possibly across a pole or the antimeridian.
    private func place(_ metres: Double, from point: Coordinate, towards angle: Double) throws -> Coordinate {
        let radii = LocalRadii(latitude: Double(point.latitude.rawValue))
        let (north, east) = (metres * cos(angle), metres * sin(angle))
        let latitude = Int64(point.latitude.rawValue) + Int64(north / radii.meridian / LocalRadii.radiansPerStep)
        let width = min(max(east / max(radii.parallel, 1e-3) / LocalRadii.radiansPerStep, -1.79e9), 1.79e9)
        return try self.point(latitude, Int64(point.longitude.rawValue) + Int64(width))
    }

    /// A point from angles that may exceed their range.
    private func point(_ latitude: Int64, _ longitude: Int64) throws -> Coordinate {
        var (latitude, longitude) = (latitude, longitude)
        if abs(latitude) > 900_000_000 {
            latitude = (latitude > 0 ? 1_800_000_000 : -1_800_000_000) - latitude
            longitude += 1_800_000_000
        }
        longitude = (longitude + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
        return try Coordinate(
            latitude: DegreesE7(rawValue: Int32(latitude)),
            longitude: DegreesE7(rawValue: Int32(longitude))
        )
    }
}
