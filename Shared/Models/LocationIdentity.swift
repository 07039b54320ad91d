package import Geospatial

/// The identity of a location, by which repeats are recognised: a device is at one place at a time, and a person may carry several devices.
///
/// Two locations with the same identity are one location that was sent twice, whatever else they say.
package struct LocationIdentity: Hashable, Sendable {
    /// Whose location it is.
    package let personID: PersonID
    /// Which of the person's devices reported it.
    package let device: DeviceNumber
    /// When.
    package let time: Timestamp
    /// Where.
    package let coordinate: Coordinate
}

extension LocationIdentity: CustomStringConvertible {
    /// Person, device, microseconds since 1970, latitude and longitude × 10⁷: another text for every other identity.
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
