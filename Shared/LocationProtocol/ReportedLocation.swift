internal import CLocationProtocol
internal import Geospatial
package import Models

/// A location of a gRPC request, not yet checked.
package struct ReportedLocation: Hashable, Sendable {
    /// The person's number; 0 if missing.
    package var personID: Int64 = 0
    /// Degrees; `nil` if missing.
    package var latitude: Double?
    /// Degrees; `nil` if missing.
    package var longitude: Double?
    /// Microseconds since 1970; `nil` if missing.
    package var creationTime: Int64?
    /// Metres; `nil` if missing.
    package var accuracy: Double?
    /// Altitude, speed, course and battery.
    package var telemetry = LocationReport.ToldQuantities()
    /// Whether an app made the place up, as the phone reported.
    package var isMock = false

    /// All members are missing.
    package init() {}

    /// Checks the location.
    ///
    /// - Parameter now: this machine's time.
    /// - Returns: the report.
    /// - Throws: `FieldErrors` with every problem at once, with the REST API's field names.
    package func report(now: Timestamp) throws(FieldErrors) -> LocationReport {
        try LocationReport(
            personID: personID,
            latitude: latitude,
            longitude: longitude,
            creationTime: creationTime.map { Timestamp(microseconds: $0) },
            accuracy: accuracy,
            telemetry: telemetry,
            isMock: isMock,
            now: now
        )
    }

    init(_ location: Udaconnect__Location__V1__Location) {
        personID = location.person_id
        if location.latitude_angle_case == UDACONNECT__LOCATION__V1__LOCATION__LATITUDE_ANGLE_LATITUDE {
            latitude = location.latitude
        }
        if location.longitude_angle_case == UDACONNECT__LOCATION__V1__LOCATION__LONGITUDE_ANGLE_LONGITUDE {
            longitude = location.longitude
        }
        if location.time_case == UDACONNECT__LOCATION__V1__LOCATION__TIME_CREATION_TIME_US {
            creationTime = location.creation_time_us
        }
        if location.accuracy_case == UDACONNECT__LOCATION__V1__LOCATION__ACCURACY_ACCURACY_M {
            accuracy = Double(location.accuracy_m)
        }
        if location.altitude_case == UDACONNECT__LOCATION__V1__LOCATION__ALTITUDE_ALTITUDE_M {
            telemetry.altitude = Double(location.altitude_m)
        }
        if location.speed_case == UDACONNECT__LOCATION__V1__LOCATION__SPEED_SPEED_MPS {
            telemetry.speed = Double(location.speed_mps)
        }
        if location.course_case == UDACONNECT__LOCATION__V1__LOCATION__COURSE_COURSE_DEG {
            telemetry.course = Double(location.course_deg)
        }
        if location.battery_case == UDACONNECT__LOCATION__V1__LOCATION__BATTERY_BATTERY_PERCENT {
            telemetry.battery = Double(location.battery_percent)
        }
        isMock = location.is_mock != 0
    }
}

/// A request of `udaconnect.location.v1.LocationService`.
package struct ReportMessage: Hashable, Sendable {
    /// The position of the first location in a stream; 0 if missing.
    package let position: Int64
    /// The locations, in the order of the request.
    package let locations: [ReportedLocation]

    /// The requests of the methods.
    package enum Form: Sendable {
        /// `ReportRequest`
        case one
        /// `ReportBatchRequest`
        case batch
        /// `ReportStreamRequest`
        case stream
    }

    /// Why a request cannot be decoded.
    package enum Failure: Error {
        /// The bytes are malformed.
        case malformed
        /// The request would unpack to more than ``maximumMemory``.
        case tooLarge
    }

    /// The maximum memory of an unpacked request: ten times what 10,000 locations take.
    package static let maximumMemory = 24 << 20

    /// Decodes the wire form of a request.
    ///
    /// Costs O(bytes).
    ///
    /// - Throws: ``Failure``.
    package init(_ form: Form, _ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let (message, isExhausted) = UnpackingArena.with(limit: Self.maximumMemory) { allocator in
            Self.unpack(form, start, bytes.count, allocator)
        }
        guard let message else { throw isExhausted ? .tooLarge : .malformed }
        self = message
    }

    private init(position: Int64, locations: [ReportedLocation]) {
        self.position = position
        self.locations = locations
    }

    private static func unpack(
        _ form: Form,
        _ start: UnsafePointer<UInt8>?,
        _ count: Int,
        _ allocator: UnsafeMutablePointer<ProtobufCAllocator>
    ) -> ReportMessage? {
        switch form {
        case .one:
            udaconnect__location__v1__report_request__unpack(allocator, count, start).map { message in
                let location = message.pointee.location
                return ReportMessage(position: 0, locations: location.map { [ReportedLocation($0.pointee)] } ?? [])
            }
        case .batch:
            udaconnect__location__v1__report_batch_request__unpack(allocator, count, start).map { message in
                let locations = locations(message.pointee.locations, message.pointee.n_locations)
                return ReportMessage(position: 0, locations: locations)
            }
        case .stream:
            udaconnect__location__v1__report_stream_request__unpack(allocator, count, start).map { message in
                let locations = locations(message.pointee.locations, message.pointee.n_locations)
                return ReportMessage(position: message.pointee.position, locations: locations)
            }
        }
    }

    private static func locations(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Udaconnect__Location__V1__Location>?>?,
        _ count: Int
    ) -> [ReportedLocation] {
        UnsafeBufferPointer(start: pointers, count: count).map { pointer in
            pointer.map { ReportedLocation($0.pointee) } ?? ReportedLocation()
        }
    }
}
