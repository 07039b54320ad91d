import Models

/// A fix as names and values, with the names of several apps.
///
/// An empty value counts as missing.
///
/// Traccar Client, OsmAnd, GPSLogger, Locus, PhoneTrack, Colota and Home Assistant's app use different names, and many people
/// type them by hand.
struct PhoneFields {
    /// The names of the parameter for the device.
    static let deviceNames: Set<String> = ["id", "deviceid", "device_id", "deviceId", "tid"]
    /// The names of a time, in order of reliability.
    private static let timeNames = ["timestamp", "time", "tst", "timeoffset", "datetime"]
    /// One knot in m/s.
    private static let knot = 1_852.0 / 3_600

    private var latitude: String?
    private var longitude: String?
    private var accuracy: Double?
    private var dilution: Double?
    private var altitude: Double?
    private var speed: Double?
    /// `speed` in the unit of the app.
    private var plainSpeed: Double?
    private var course: Double?
    private var battery: Double?
    private var isMock = false
    private var isValid = true
    private var times: [String?] = timeNames.map { _ in nil }
    /// Milliseconds from the fix to the message.
    private var age = 0.0
    /// Whether `speed` is in m/s; only Traccar's own form uses knots.
    var isMetric = false
    /// Whether the message states that it repeats the last fix.
    var isHeartbeat = false

    /// Whether the message contains a place, or a part of one.
    var hasPlace: Bool { latitude != nil || longitude != nil }

    /// Sets the value of a name.
    ///
    /// Ignores unknown names.
    mutating func set(_ name: String, _ value: String) {
        guard !value.isEmpty else { return }
        func number() -> Double? { PhoneNumber.decimal(value.utf8) }
        switch name {
        case "lat": latitude = value
        case "lon", "lng": longitude = value
        case "latitude": (latitude, isMetric) = (value, true)
        case "longitude": (longitude, isMetric) = (value, true)
        case "location": setPlace(value)
        case "accuracy", "acc", "gps_accuracy", "horizontal_accuracy": accuracy = number()
        case "hdop": dilution = number()
        case "altitude", "alt": altitude = number()
        case "speed": plainSpeed = number()
        case "spd", "vel": speed = number()
        case "spd_kph": speed = speed ?? number().map { $0 / 3.6 }
        case "bearing", "heading", "course", "dir", "bear", "cog": course = number()
        case "batt", "battery", "bat", "battery_level": battery = number()
        case "mock", "is_mock": isMock = Self.isTrue(value)
        case "valid": isValid = !["false", "0"].contains(value)
        case "event": isHeartbeat = isHeartbeat || value == "heartbeat"
        case "is_heartbeat": isHeartbeat = isHeartbeat || Self.isTrue(value)
        case "age": age = number() ?? 0
        default:
            if let place = Self.timeNames.firstIndex(of: name) { times[place] = value }
        }
    }

    /// Sets latitude and longitude from two numbers separated by a comma.
    private mutating func setPlace(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        latitude = String(parts[0])
        longitude = parts.count > 1 ? String(parts[1]) : nil
    }

    /// Sets the battery charge from a share of 1.
    mutating func setBattery(share: Double?) {
        battery = share.map { $0 * 100 }
    }

    private static func isTrue(_ text: String) -> Bool { ["true", "1"].contains(text) }

    /// The fix.
    ///
    /// A message with a time and no place is a heartbeat: Traccar Client sends one only while the device has not moved
    /// (TrackerEngine.kt, applyHeartbeatTick). The fix then has no place.
    ///
    /// - Parameter now: the time of a fix without one.
    /// - Returns: the fix; `nil` if the message has neither a place nor a time, or states that the place is unknown.
    func fix(now: Timestamp) -> PhoneFix? {
        let timeText = times.lazy.compactMap { $0 }.first
        guard isValid, hasPlace || timeText != nil else { return nil }
        var fix = PhoneFix()
        fix.latitude = latitude.flatMap { PhoneNumber.degrees($0.utf8) }
        fix.longitude = longitude.flatMap { PhoneNumber.degrees($0.utf8) }
        fix.time = timeText.map(PhoneTime.read) ?? now
        fix.isTimed = timeText != nil
        fix.accuracy = accuracy
        if accuracy ?? 0 == 0 { fix.accuracy = dilution.flatMap(Self.accuracy(dilution:)) }
        fix.altitude = altitude
        let isMetric = isMetric || isOfOsmAnd(timeText)
        fix.speed = speed ?? plainSpeed.map { isMetric ? $0 : $0 * Self.knot }
        fix.course = course
        fix.battery = battery
        fix.isMock = isMock
        fix.isHeartbeat = !hasPlace
        if isHeartbeat, age >= 1_000, age < 86_400_000, let time = fix.time {
            fix.time = Timestamp(microseconds: time.microseconds + Int64(age * 1_000))
            fix.isHeartbeat = true
        }
        return fix
    }

    /// Whether the parameters are those of the URL in OsmAnd's documentation: an hdop, no accuracy, a time in milliseconds, and
    /// no battery.
    private func isOfOsmAnd(_ time: String?) -> Bool {
        dilution != nil && accuracy == nil && battery == nil && !isMock && time.map(PhoneTime.isMilliseconds) ?? false
    }

    /// The accuracy in metres from a parameter `hdop`; `nil` without a valid one.
    ///
    /// GPSLogger sends the dilution of precision. Multiplied by the receiver's error of about 5 m, it gives the accuracy
    /// (Kaplan and Hegarty, Understanding GPS, section 7.3). OsmAnd sends `Location.getAccuracy()` in metres for the `{3}` of its
    /// URL, which its documentation calls hdop (LiveMonitoringHelper.java). No rule distinguishes the two with certainty. So the
    /// larger value counts up to 20 m, the assumed accuracy of unknown ones, and plain metres beyond.
    private static func accuracy(dilution: Double) -> Double? {
        dilution > 0 ? min(5 * dilution, max(dilution, 20)) : nil
    }
}
