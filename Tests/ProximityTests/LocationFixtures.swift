import Geospatial
import Models
import Proximity
import Testing

/// A location, in seconds after 2026-05-04T10:00:00 and metres north and east of a place near the equator.
func located(
    _ person: Int32,
    at seconds: Double,
    north: Double = 0,
    east: Double = 0,
    accuracy: Double? = nil,
    isMock: Bool = false,
    device: UInt8 = 0,
    round center: (latitude: Int32, longitude: Int32) = (0, 133_777_000)
) throws -> Location {
    let time = try #require(Timestamp(iso8601: "2026-05-04T10:00:00".utf8)).microseconds + Int64(seconds * 1_000_000)
    // A step of latitude is 1.1057 cm at the equator, one of longitude 1.1132 cm.
    let latitude = Int64(center.latitude) + Int64((north / 0.011_057_4).rounded())
    let longitude = Int64(center.longitude) + Int64((east / 0.011_131_9).rounded())
    let turned = (longitude + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
    let coordinate = try Coordinate(
        latitude: DegreesE7(rawValue: Int32(latitude)),
        longitude: DegreesE7(rawValue: Int32(turned))
    )
    let report = LocationReport(
        personID: try #require(PersonID(rawValue: person)),
        coordinate: coordinate,
        creationTime: Timestamp(microseconds: time),
        accuracy: accuracy.flatMap(Accuracy.init(metres:)),
        isMock: isMock,
        device: DeviceNumber(stored: device)
    )
    // The number is unique for each person, device and time, like that of a queued location.
    let place = Int64(seconds * 1_000) * 1_024 + Int64(device) * 256 + Int64(person)
    return Location(id: try #require(LocationID(rawValue: LocationID.leastQueued + place)), report: report)
}
