package import Geospatial

/// The identity of a location, which distinguishes repeats from new locations.
///
/// A device is at one place at a time, and a person may carry several devices. Two locations with the same identity are
/// repeats, whatever their other members are.
package struct LocationIdentity: Hashable, Sendable {
    /// The person.
    package let personID: PersonID
    /// The person's device.
    package let device: DeviceNumber
    /// The time.
    package let time: Timestamp
    /// The place.
    package let coordinate: Coordinate
}

extension LocationIdentity: CustomStringConvertible {
    /// Person, device, microseconds since 1970, latitude and longitude × 10⁷; unique for each identity.
    package var description: String {
        let (latitude, longitude) = (coordinate.latitude.rawValue, coordinate.longitude.rawValue)
        return "\(personID.rawValue)/\(device.rawValue)/\(time.microseconds)/\(latitude)/\(longitude)"
    }
}

extension LocationReport {
    /// The identity of this report.
    package var identity: LocationIdentity {
        LocationIdentity(personID: personID, device: device, time: creationTime, coordinate: coordinate)
    }
}
