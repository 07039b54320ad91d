/// Why a message of the topic `location` cannot be read.
///
/// It never carries the message's content, so that it can be logged; the code goes beside the message into the dead
/// letters and names the case in metrics.
package struct LocationMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reasons; the raw values are stored and must not change.
    package enum Code: String, CaseIterable, Sendable {
        /// There are no bytes.
        case empty
        /// The message is longer than ``DecodedLocation/maximumBytes``.
        case tooLong = "too_long"
        /// The message is of a version that this program does not know.
        case unknownSchemaVersion = "unknown_schema_version"
        /// The bytes are no `LocationRecord`.
        case malformedRecord = "malformed_record"
        /// The first byte promises JSON, and the rest is none.
        case malformedJSON = "malformed_json"
        /// No person is named.
        case missingPerson = "missing_person_id"
        /// No latitude is given.
        case missingLatitude = "missing_latitude"
        /// No longitude is given.
        case missingLongitude = "missing_longitude"
        /// A record names no time.
        case missingTime = "missing_time"
        /// The person is no integer from 1 to 2³¹ − 1.
        case invalidPerson = "invalid_person_id"
        /// The latitude is no number from −90 to 90, in this order or the other.
        case invalidLatitude = "invalid_latitude"
        /// The longitude is no number from −180 to 180.
        case invalidLongitude = "invalid_longitude"
        /// The time is none, or not from 1970 to 9999.
        case invalidTime = "invalid_time"
        /// A line names a time well after the queue took it.
        case timeInFuture = "time_in_future"
    }

    /// The reason.
    package let code: Code

    /// Makes an error of a reason.
    package init(_ code: Code) {
        self.code = code
    }

    /// A sentence for people, without any of the message's content.
    package var description: String {
        let problem =
            switch code {
            case .empty: "it is empty"
            case .tooLong: "it is longer than \(DecodedLocation.maximumBytes) bytes"
            case .unknownSchemaVersion: "its schema version is none that this program knows"
            case .malformedRecord: "it is neither JSON nor a LocationRecord of location.proto"
            case .malformedJSON: "it begins like a JSON object and is none"
            case .missingPerson: "it names no person_id"
            case .missingLatitude: "it has no latitude"
            case .missingLongitude: "it has no longitude"
            case .missingTime: "it has no time, as if it had been cut short"
            case .invalidPerson: "its person_id is no integer from 1 to 2147483647"
            case .invalidLatitude: "its latitude is no number from -90 to 90"
            case .invalidLongitude: "its longitude is no number from -180 to 180"
            case .invalidTime: "its time is no moment of the years 1970 to 9999"
            case .timeInFuture: "its creation_time lies more than 5 minutes after its arrival"
            }
        return "unreadable location message: \(problem)"
    }
}
