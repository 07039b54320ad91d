import Models

/// A fix as names and values, whatever the app calls them; a value that is empty is not told.
///
/// Traccar Client, OsmAnd, GPSLogger, Locus, PhoneTrack, Colota and Home Assistant's app have names of their own, and many
/// people type them by hand.
struct PhoneFields {
    /// The names of the device's own name.
    static let deviceNames: Set<String> = ["id", "deviceid", "device_id", "deviceId", "tid"]
    /// The names of a time, the surest first.
    private static let timeNames = ["timestamp", "time", "tst", "timeoffset", "datetime"]
    /// How many m/s a knot is.
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
    /// Whether `speed` is in m/s, as everywhere but in Traccar's own form.
    var isMetric = false
    /// Whether the message says that it repeats the last fix.
    var isHeartbeat = false

    /// Whether the message contains a place, or a part of one.
    var hasPlace: Bool { latitude != nil || longitude != nil }

    /// Takes a value under its name; other names are passed over.
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

    /// Takes latitude and longitude, as numbers with a comma between them.
    private mutating func setPlace(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        latitude = String(parts[0])
        longitude = parts.count > 1 ? String(parts[1]) : nil
    }

    /// Takes the charge as a share of 1.
    mutating func setBattery(share: Double?) {
        battery = share.map { $0 * 100 }
    }

    private static func isTrue(_ text: String) -> Bool { ["true", "1"].contains(text) }

    /// The fix.
    ///
    /// A message of a time and no place says that the device has not moved: Traccar Client sends one only while it is
    /// still (TrackerEngine.kt, applyHeartbeatTick). The fix then has no place.
    ///
    /// - Parameter now: the time of a fix that tells none.
    /// - Returns: the fix; `nil` if the message tells neither a place nor a time, or says that the place is not known.
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

    /// Whether the address is the one that OsmAnd's documentation gives: an hdop and no accuracy, a time in milliseconds,
    /// nothing of a battery.
    private func isOfOsmAnd(_ time: String?) -> Bool {
        dilution != nil && accuracy == nil && battery == nil && !isMock && time.map(PhoneTime.isMilliseconds) ?? false
    }

    /// The accuracy in metres that a parameter `hdop` stands for; `nil` if it says nothing.
    ///
    /// GPSLogger writes the dilution of precision, which times the receiver's error of about 5 m is the accuracy
    /// (Kaplan and Hegarty, Understanding GPS, section 7.3). OsmAnd writes `Location.getAccuracy()`, metres, for the
    /// `{3}` of its address, which its documentation calls hdop (LiveMonitoringHelper.java). Nothing tells the two apart for
    /// certain, so the less exact reading counts up to 20 m, what an unknown accuracy is taken for, and plain metres beyond.
    private static func accuracy(dilution: Double) -> Double? {
        dilution > 0 ? min(5 * dilution, max(dilution, 20)) : nil
    }
}
