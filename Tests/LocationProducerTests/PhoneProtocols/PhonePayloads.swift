import Geospatial
import Models

@testable import LocationProducer

/// The expected contents of a message.
struct Expected: Sendable {
    var latitude: String
    var longitude: String
    var time: String
    var accuracy: Int?
    var altitude: Double?
    var speed: Double?
    var course: Double?
    var battery: Double?
    var isMock = false
    var isHeartbeat = false

    /// The expectation as a location of a person's first device.
    func report(of person: Int) -> LocationReport? {
        guard let person = PersonID(rawValue: person), let latitude = try? DegreesE7(decimal: latitude.utf8),
            let longitude = try? DegreesE7(decimal: longitude.utf8), let time = Timestamp(iso8601: time.utf8),
            let coordinate = try? Coordinate(latitude: latitude, longitude: longitude)
        else { return nil }
        return LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: time,
            accuracy: accuracy.flatMap { Accuracy(wholeMetres: $0) },
            isMock: isMock,
            isHeartbeat: isHeartbeat,
            telemetry: Telemetry(altitude: altitude, speed: speed, course: course, battery: battery),
            device: DeviceNumber(stored: 1)
        )
    }
}
