/// Why a message of the topic `location` cannot be decoded.
///
/// The error never contains parts of the message, so that it can be logged. The dead letter stores its code, and
/// metrics count by it.
package struct LocationMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons.
    ///
    /// The raw values are stored and must not change.
    package enum Code: String, CaseIterable, Sendable {
        /// The message is empty.
        case empty
        /// The message is longer than ``DecodedLocation/maximumBytes``.
        case tooLong = "too_long"
        /// This program does not know the schema version.
        case unknownSchemaVersion = "unknown_schema_version"
        /// The bytes are not a `LocationRecord`.
        case malformedRecord = "malformed_record"
        /// The first byte is that of a JSON object, but the text is not one.
        case malformedJSON = "malformed_json"
        /// The person is missing.
        case missingPerson = "missing_person_id"
        /// The latitude is missing.
        case missingLatitude = "missing_latitude"
        /// The longitude is missing.
        case missingLongitude = "missing_longitude"
        /// A record has no time.
        case missingTime = "missing_time"
        /// The person is not an integer from 1 to 2³¹ − 1.
        case invalidPerson = "invalid_person_id"
        /// The latitude is not from −90 to 90, in either order.
        case invalidLatitude = "invalid_latitude"
        /// The longitude is not from −180 to 180.
        case invalidLongitude = "invalid_longitude"
        /// The time is malformed, or not from 1970 to 9999.
        case invalidTime = "invalid_time"
        /// A line has a time well after the queue accepted it.
        case timeInFuture = "time_in_future"
    }

    /// The reason.
    package let code: Code

    package init(_ code: Code) {
        self.code = code
    }

    /// A sentence without any content of the message.
    package var description: String {
        let problem =
            switch code {
            case .empty: "it is empty"
            case .tooLong: "it is longer than \(DecodedLocation.maximumBytes) bytes"
            case .unknownSchemaVersion: "its schema version is unknown to this program"
            case .malformedRecord: "it is neither JSON nor a LocationRecord of location.proto"
            case .malformedJSON: "it begins like a JSON object and is not one"
            case .missingPerson: "it has no person_id"
            case .missingLatitude: "it has no latitude"
            case .missingLongitude: "it has no longitude"
            case .missingTime: "it has no time, as if it had been cut short"
            case .invalidPerson: "its person_id is not an integer from 1 to 2147483647"
            case .invalidLatitude: "its latitude is not a number from -90 to 90"
            case .invalidLongitude: "its longitude is not a number from -180 to 180"
            case .invalidTime: "its time is not in the years 1970 to 9999"
            case .timeInFuture: "its creation_time is more than 5 minutes after its arrival"
            }
        return "unreadable location message: \(problem)"
    }
}
