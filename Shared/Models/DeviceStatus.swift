import JSON

/// Why what a device sent was refused.
package enum DeviceRefusal: String, Error, CaseIterable, Sendable {
    /// It is no fix at all, or one of another device.
    case malformed
    /// There is no latitude or no longitude.
    case noPlace = "no_place"
    /// They are no place on Earth.
    case notOnEarth = "not_on_earth"
    /// There is no time, or it is none.
    case noTime = "no_time"
    /// It is too far ahead of the server's clock.
    case inFuture = "in_future"
    /// It is before 2010, when no phone reported here: the device's clock is not set.
    case clockNotSet = "clock_not_set"
    /// The app encrypts what it sends.
    case encrypted
    /// A message names the device, and shows another token.
    case wrongToken = "wrong_token"

    /// Whether the same fix is refused for ever; otherwise time will tell.
    package var isFinal: Bool { self != .inFuture }

    /// A sentence that says what was expected.
    package var explanation: String {
        switch self {
        case .malformed: "Expected objects with a place and a time, all of one device."
        case .noPlace: "Expected a place: lat and lon, both of them numbers."
        case .notOnEarth: "Expected a latitude from -90 to 90 and a longitude from -180 to 180."
        case .noTime: "Expected a time: seconds since 1970, or ISO 8601 like 2026-05-04T10:00:00Z."
        case .inFuture: "Expected a time at most 5 minutes ahead: the device's clock is fast."
        case .clockNotSet: "Expected a time from 2010 on: the device's clock is not set."
        case .encrypted: "Expected a message that is not encrypted: remove the encryption key in the app."
        case .wrongToken: "Expected the token that was told when the device was registered."
        }
    }
}

/// What a device's messages tell of the device.
package struct DeviceStatus: Equatable, Sendable {
    /// When its last message came.
    package var lastSeen: Timestamp?
    /// By how many milliseconds its clock seems to be fast, slow if negative.
    package var clockOffset: Int64?
    /// Why the last message that was refused was.
    package var refusal: Refusal?

    /// A message that was refused.
    package struct Refusal: Equatable, Sendable {
        /// Why.
        package let reason: DeviceRefusal
        /// When.
        package let time: Timestamp

        /// Joins the two.
        package init(reason: DeviceRefusal, time: Timestamp) {
            self.reason = reason
            self.time = time
        }
    }

    /// The status of a device that was never heard of.
    package init() {}

    /// Writes the members `"last_seen"`, `"clock_offset"` in seconds and `"last_refusal"`, those that are known.
    func writeMembers(to writer: inout JSONWriter) {
        if let lastSeen { writer.member("last_seen", lastSeen.description) }
        if let clockOffset { writer.member("clock_offset", Double(clockOffset) / 1_000) }
        if let refusal {
            writer.key("last_refusal")
            writer.beginObject()
            writer.member("time", refusal.time.description)
            writer.member("reason", refusal.reason.rawValue)
            writer.member("detail", refusal.reason.explanation)
            writer.endObject()
        }
    }
}
