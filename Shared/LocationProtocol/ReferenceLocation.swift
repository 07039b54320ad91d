internal import CLocationProtocol
internal import Geospatial
package import Models

/// The request of the legacy method `/LocationService/Create`: `LocationMessage` of `reference_location.proto`.
package struct ReferenceLocation: Hashable, Sendable {
    /// Person, time and accuracy, and the exact angles if the client sent them.
    package let location: ReportedLocation
    private let latitude: Float
    private let longitude: Float

    /// Decodes the wire form; `nil` if the bytes are malformed.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let message = location_message__unpack(nil, bytes.count, start) else { return nil }
        defer { location_message__free_unpacked(message, nil) }
        latitude = message.pointee.latitude
        longitude = message.pointee.longitude
        var location = ReportedLocation()
        location.personID = Int64(message.pointee.person_id)
        if message.pointee.exact_latitude_case == LOCATION_MESSAGE__EXACT_LATITUDE_LATITUDE_DEGREES {
            location.latitude = message.pointee.latitude_degrees
        }
        if message.pointee.exact_longitude_case == LOCATION_MESSAGE__EXACT_LONGITUDE_LONGITUDE_DEGREES {
            location.longitude = message.pointee.longitude_degrees
        }
        if message.pointee.time_case == LOCATION_MESSAGE__TIME_CREATION_TIME_US {
            location.creationTime = message.pointee.creation_time_us
        }
        if message.pointee.accuracy_case == LOCATION_MESSAGE__ACCURACY_ACCURACY_M {
            location.accuracy = Double(message.pointee.accuracy_m)
        }
        self.location = location
    }

    /// Checks the location, and swaps the angles if only the other order is a point on Earth.
    ///
    /// - Parameter now: this machine's time.
    /// - Returns: the report, and whether its angles were swapped.
    /// - Throws: `FieldErrors` with every problem at once.
    package func report(now: Timestamp) throws(FieldErrors) -> (report: LocationReport, wereAxesExchanged: Bool) {
        var location = location
        // The shortest decimal number that rounds to the float is most likely what the sender wrote.
        location.latitude = location.latitude ?? Double(latitude.description)
        location.longitude = location.longitude ?? Double(longitude.description)
        var wereExchanged = false
        if let latitude = location.latitude, let longitude = location.longitude,
            let latitudeE7 = DegreesE7(degrees: latitude), let longitudeE7 = DegreesE7(degrees: longitude),
            let normal = try? Coordinate.normalizingAxes(latitude: latitudeE7, longitude: longitudeE7),
            normal.wereExchanged
        {
            (location.latitude, location.longitude) = (longitude, latitude)
            wereExchanged = true
        }
        return (try location.report(now: now), wereExchanged)
    }
}
