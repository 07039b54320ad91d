/// The reason why an accepted message cannot be stored.
///
/// The raw values are stored and must not change.
package enum DeadLetterReason: String, CaseIterable, Sendable {
    /// The message is empty.
    case empty
    /// The message is longer than `DecodedLocation.maximumBytes`.
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
    /// The person does not exist.
    case unknownPerson = "unknown_person"
    /// The person already has ``LocationsByMoment/maximumCount`` locations of this time.
    case crowdedMoment = "crowded_moment"
}
