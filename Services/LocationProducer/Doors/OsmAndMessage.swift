import Geospatial
import HTTPServer
import JSON
import Models

/// A message of Traccar Client, OsmAnd or GPSLogger, as a query, as a form or as JSON.
///
/// `id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&accuracy=5.0&batt=87`, or, since
/// Traccar Client 9, `{"location":{"timestamp":"…","coords":{…},"battery":{…}},"device_id":"48241179"}`.
/// https://www.traccar.org/osmand
struct OsmAndMessage: Equatable {
    /// Whose it is, as the phone says.
    private(set) var deviceID: String?
    /// Where the phone is, in the order of sending; none in a heartbeat.
    private(set) var fixes: [PhoneFix] = []

    /// How many m/s a knot is.
    private static let knot = 1_852.0 / 3_600

    /// Reads a query or a form; the query's speed is in knots.
    init(_ parameters: QueryParameters, now: Timestamp) {
        deviceID = parameters["id"] ?? parameters["deviceid"]
        var fix = PhoneFix()
        fix.latitude = parameters["lat"].flatMap { PhoneNumber.degrees($0.utf8) }
        fix.longitude = parameters["lon"].flatMap { PhoneNumber.degrees($0.utf8) }
        var hasPlace = parameters["lat"] != nil || parameters["lon"] != nil
        if let location = parameters["location"] {
            let parts = location.split(separator: ",", omittingEmptySubsequences: false)
            hasPlace = true
            if parts.count >= 2 {
                fix.latitude = PhoneNumber.degrees(parts[0].utf8)
                fix.longitude = PhoneNumber.degrees(parts[1].utf8)
            }
        }
        // A phone that says itself that it does not know where it is tells no place.
        guard hasPlace, !["false", "0"].contains(parameters["valid"]) else { return }
        if let text = parameters["timestamp"], !text.isEmpty {
            fix.time = Self.time(text)
        } else {
            fix.time = now
        }
        func number(_ name: String) -> Double? { parameters[name].flatMap { PhoneNumber.decimal($0.utf8) } }
        fix.accuracy = number("accuracy")
        if fix.accuracy ?? 0 == 0 { fix.accuracy = number("hdop").flatMap(Self.accuracy(dilution:)) }
        fix.altitude = number("altitude")
        fix.speed = number("speed").map { $0 * Self.knot }
        fix.course = number("bearing") ?? number("heading")
        fix.battery = number("batt")
        fix.isMock = ["true", "1"].contains(parameters["mock"])
        fixes = [fix]
    }

    /// The accuracy in metres that a parameter `hdop` stands for; `nil` if it says nothing.
    ///
    /// GPSLogger writes the dilution of precision, which times the receiver's error of about 5 m is the accuracy
    /// (Kaplan and Hegarty, Understanding GPS, section 7.3). OsmAnd writes `Location.getAccuracy()`, metres, for the
    /// `{3}` of its address, which its documentation calls hdop (LiveMonitoringHelper.java). Nothing tells the two apart,
    /// so the less exact reading counts up to 20 m, what an unknown accuracy is taken for, and plain metres beyond.
    private static func accuracy(dilution: Double) -> Double? {
        dilution > 0 ? min(5 * dilution, max(dilution, 20)) : nil
    }

    /// Reads JSON; its speed is in m/s.
    ///
    /// - Throws: `JSONError` if it is no JSON at all.
    init(_ bytes: [UInt8], now: Timestamp) throws(JSONError) {
        var reader = JSONReader(bytes)
        var (deviceID, fixes): (String?, [PhoneFix]) = (nil, [])
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "device_id", "id", "deviceid": deviceID = try reader.readTextIfAny()
            case "location":
                // The background location library can send several at once.
                guard try reader.peekKind() == .array else {
                    if let fix = try Self.readLocation(from: &reader, now: now) { fixes.append(fix) }
                    return
                }
                try reader.beginArray()
                while try reader.nextElement() {
                    if let fix = try Self.readLocation(from: &reader, now: now) { fixes.append(fix) }
                }
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        (self.deviceID, self.fixes) = (deviceID, fixes)
    }

    private static func readLocation(from reader: inout JSONReader, now: Timestamp) throws(JSONError) -> PhoneFix? {
        var (fix, hasPlace, hasTime) = (PhoneFix(), false, false)
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "timestamp":
                let text = try reader.readTextIfAny()
                hasTime = text?.isEmpty == false
                fix.time = text.flatMap(Self.time)
            case "coords":
                hasPlace = try reader.readMembers { key, reader throws(JSONError) in
                    switch key {
                    case "latitude": fix.latitude = try reader.readDegreesIfAny()
                    case "longitude": fix.longitude = try reader.readDegreesIfAny()
                    case "accuracy": fix.accuracy = try reader.readDecimalIfAny()
                    case "speed": fix.speed = try reader.readDecimalIfAny()
                    case "heading": fix.course = try reader.readDecimalIfAny()
                    case "altitude": fix.altitude = try reader.readDecimalIfAny()
                    default: try reader.skipValue()
                    }
                }
            case "battery":
                try reader.readMembers { key, reader throws(JSONError) in
                    guard key == "level" else { return try reader.skipValue() }
                    fix.battery = try reader.readDecimalIfAny().map { $0 * 100 }
                }
            case "mock": fix.isMock = try reader.readFlag()
            default: try reader.skipValue()
            }
        }
        if !hasTime { fix.time = now }
        return hasPlace ? fix : nil
    }

    /// Seconds, milliseconds from 2³¹ on, or ISO 8601 with a `T` or a space.
    private static func time(_ text: String) -> Timestamp? {
        if let number = PhoneNumber.decimal(text.utf8) {
            return PhoneNumber.seconds(number >= 2_147_483_648 ? number / 1_000 : number)
        }
        if let time = Timestamp(iso8601: text.utf8) { return time }
        // In a query that was not escaped, the plus sign of a zone stands for a space.
        guard let space = text.lastIndex(of: " "), text.contains("T") else { return nil }
        return Timestamp(iso8601: (text[..<space] + "+" + text[text.index(after: space)...]).utf8)
    }
}
