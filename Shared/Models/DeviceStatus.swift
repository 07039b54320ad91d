import JSON

/// Why a device's message, or a part of it, was rejected.
package enum DeviceRefusal: String, Error, CaseIterable, Sendable {
    /// It is not a fix, or a fix of another device.
    case malformed
    /// The latitude or the longitude is missing.
    case noPlace = "no_place"
    /// The latitude and the longitude are not a place on Earth.
    case notOnEarth = "not_on_earth"
    /// The time is missing or invalid.
    case noTime = "no_time"
    /// The time is too far ahead of the server's clock.
    case inFuture = "in_future"
    /// The time is before 2010, when no such app existed: the device's clock is not set.
    case clockNotSet = "clock_not_set"
    /// The app encrypts its messages.
    case encrypted
    /// The message names the device, but has another token.
    case wrongToken = "wrong_token"

    /// Whether a retry of the same fix will be rejected, too.
    package var isFinal: Bool { self != .inFuture }

    /// A sentence that states what was expected.
    package var explanation: String {
        switch self {
        case .malformed: "Expected objects with a place and a time, all of one device."
        case .noPlace: "Expected a place: lat and lon, both of them numbers."
        case .notOnEarth: "Expected a latitude from -90 to 90 and a longitude from -180 to 180."
        case .noTime: "Expected a time: seconds since 1970, or ISO 8601 like 2026-05-04T10:00:00Z."
        case .inFuture: "Expected a time at most 5 minutes ahead: the device's clock is fast."
        case .clockNotSet: "Expected a time from 2010 on: the device's clock is not set."
        case .encrypted: "Expected a message that is not encrypted: remove the encryption key in the app."
        case .wrongToken: "Expected the token that the registration returned."
        }
    }
}

/// The status of a device, derived from its messages.
package struct DeviceStatus: Equatable, Sendable {
    /// The time of the last message.
    package var lastSeen: Timestamp?
    /// The estimated offset of the device's clock in milliseconds; positive if it is fast.
    package var clockOffset: Int64?
    /// The last rejected message.
    package var refusal: Refusal?

    /// A rejected message.
    package struct Refusal: Equatable, Sendable {
        package let reason: DeviceRefusal
        package let time: Timestamp

        package init(reason: DeviceRefusal, time: Timestamp) {
            self.reason = reason
            self.time = time
        }
    }

    /// The status of a device that has sent no message.
    package init() {}

    /// Writes the known ones of `"last_seen"`, `"clock_offset"` in seconds, and `"last_refusal"`.
    func writeMembers(to writer: inout JSONWriter) {
        if let lastSeen { writer.member("last_seen", lastSeen.description) }
        if let clockOffset { writer.member("clock_offset", Double(clockOffset) / 1_000) }
        if let refusal {
            writer.object("last_refusal") { writer in
                writer.member("time", refusal.time.description)
                writer.member("reason", refusal.reason.rawValue)
                writer.member("detail", refusal.reason.explanation)
            }
        }
    }
}
