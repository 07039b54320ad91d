package import Models

/// Why a message of the topic `location` cannot be decoded.
///
/// The error never contains parts of the message, so that it can be logged. The dead letter stores its code, and
/// metrics count by it.
package struct LocationMessageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason.
    package let code: DeadLetterReason

    package init(_ code: DeadLetterReason) {
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
            case .unknownPerson: "its person does not exist"
            case .crowdedMoment: "its person has too many locations of this time"
            }
        return "unreadable location message: \(problem)"
    }
}
