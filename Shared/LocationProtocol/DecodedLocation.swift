internal import CLocationProtocol
internal import Geospatial
package import Models

/// What a consumer has read from a message of the topic `location`.
///
/// Two forms are understood. A first byte that is `{` or white space makes it the JSON line of the system that came
/// before this one, as people type it into `kafka-console-producer`; anything else is a `LocationRecord`, none of whose
/// encodings, in whatever order its fields come, can begin with one of these bytes.
package struct DecodedLocation: Hashable, Sendable {
    /// The two forms of a message.
    package enum Form: String, Sendable {
        /// `LocationRecord` of `location.proto`.
        case protobuf
        /// `{"person_id": 1, "latitude": -122.2, "longitude": 37.5}`
        case legacyJSON = "legacy_json"
    }

    /// What the message says.
    package let message: LocationMessage
    /// How it was written.
    package let form: Form
    /// Whether latitude and longitude were exchanged, because only so are they a point on Earth.
    ///
    /// Worth counting: the sender has them in the wrong order.
    package let wereAxesExchanged: Bool

    /// The longest message that is looked at.
    package static let maximumBytes = 16_384

    /// Reads a message.
    ///
    /// A record costs O(its bytes) and one allocation; a JSON line is copied first. Whatever the bytes are, this returns
    /// or throws. Fields of a record that this version does not know are ignored. An accuracy that is no radius, negative,
    /// infinite or not a number, counts as not given, and so does what else is out of range: the place and the time are no
    /// worse for it.
    ///
    /// - Parameters:
    ///   - bytes: the message, only read during the call.
    ///   - appendedAt: when the queue took it: the time of a JSON line that names none.
    /// - Throws: ``LocationMessageError`` with the reason for the dead letters.
    package init(_ bytes: UnsafeRawBufferPointer, appendedAt: Timestamp) throws(LocationMessageError) {
        guard let first = bytes.first else { throw LocationMessageError(.empty) }
        guard bytes.count <= Self.maximumBytes else { throw LocationMessageError(.tooLong) }
        switch first {
        case UInt8(ascii: "{"), 0x20, 0x09, 0x0A, 0x0D:
            self = try LegacyLocationLine(bytes).decoded(appendedAt: appendedAt)
        default:
            self = try Self.record(bytes)
        }
    }

    init(message: LocationMessage, form: Form, wereAxesExchanged: Bool) {
        self.message = message
        self.form = form
        self.wereAxesExchanged = wereAxesExchanged
    }

    private static func record(_ bytes: UnsafeRawBufferPointer) throws(LocationMessageError) -> DecodedLocation {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard let record = udaconnect__location__v1__location_record__unpack(nil, bytes.count, start) else {
            throw LocationMessageError(.malformedRecord)
        }
        defer { udaconnect__location__v1__location_record__free_unpacked(record, nil) }
        guard record.pointee.time_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__TIME_TIME_US else {
            throw LocationMessageError(.missingTime)
        }
        guard let personID = PersonID(rawValue: record.pointee.person_id) else {
            throw LocationMessageError(.invalidPerson)
        }
        let (coordinate, _) = try coordinate(
            latitude: DegreesE7(rawValue: record.pointee.latitude_e7),
            longitude: DegreesE7(rawValue: record.pointee.longitude_e7),
            exchangeable: false
        )
        let time = Timestamp(microseconds: record.pointee.time_us)
        guard Timestamp.supported.contains(time) else { throw LocationMessageError(.invalidTime) }
        let hasAccuracy =
            record.pointee.accuracy_case == UDACONNECT__LOCATION__V1__LOCATION_RECORD__ACCURACY_ACCURACY_M
        let receivedAt = record.pointee.received_at_us
        return DecodedLocation(
            message: LocationMessage(
                report: LocationReport(
                    personID: personID,
                    coordinate: coordinate,
                    creationTime: time,
                    accuracy: hasAccuracy ? Accuracy(metres: Double(record.pointee.accuracy_m)) : nil,
                    isMock: record.pointee.is_mock != 0,
                    isHeartbeat: record.pointee.is_heartbeat != 0,
                    telemetry: record.pointee.telemetry,
                    device: DeviceNumber(rawValue: record.pointee.device) ?? .none
                ),
                receivedAt: receivedAt == 0 ? nil : Timestamp(microseconds: receivedAt)
            ),
            form: .protobuf,
            wereAxesExchanged: false
        )
    }

    static func coordinate(
        latitude: DegreesE7,
        longitude: DegreesE7,
        exchangeable: Bool
    ) throws(LocationMessageError) -> (Coordinate, wereExchanged: Bool) {
        do throws(CoordinateError) {
            if exchangeable { return try Coordinate.normalizingAxes(latitude: latitude, longitude: longitude) }
            return (try Coordinate(latitude: latitude, longitude: longitude), false)
        } catch {
            switch error {
            case .latitudeOutOfRange: throw LocationMessageError(.invalidLatitude)
            case .longitudeOutOfRange: throw LocationMessageError(.invalidLongitude)
            }
        }
    }
}
