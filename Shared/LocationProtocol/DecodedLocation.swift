internal import CLocationProtocol
internal import Geospatial
package import Models

/// A decoded message of the topic `location`.
///
/// A message has one of two forms. If its first byte is `{` or white space, it is a JSON line of the legacy system, as
/// people type it into `kafka-console-producer`. Otherwise it is a `LocationRecord`, no encoding of which begins with
/// one of these bytes, whatever the order of its fields.
package struct DecodedLocation: Hashable, Sendable {
    /// The form of a message.
    package enum Form: String, Sendable {
        /// `LocationRecord` of `location.proto`.
        case protobuf
        /// `{"person_id": 1, "latitude": -122.2, "longitude": 37.5}`
        case legacyJSON = "legacy_json"
    }

    /// The content of the message.
    package let message: LocationMessage
    /// The form of the message.
    package let form: Form
    /// Whether latitude and longitude were swapped, because only the other order is a point on Earth.
    ///
    /// Counted, since it shows a sender with the wrong order.
    package let wereAxesExchanged: Bool

    /// The maximum size of a message.
    package static let maximumBytes = 16_384

    /// Decodes a message.
    ///
    /// A record takes O(bytes) and one allocation; a JSON line is copied first. Unknown fields of a record are ignored.
    /// An invalid accuracy (negative, infinite or not a number) and telemetry out of range count as unknown, because
    /// place and time are valid without them.
    ///
    /// - Parameters:
    ///   - bytes: the message, borrowed during the call.
    ///   - appendedAt: the time at which the queue accepted the message; the default time of a JSON line.
    /// - Throws: ``LocationMessageError``, whose code is the dead letter's reason.
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
