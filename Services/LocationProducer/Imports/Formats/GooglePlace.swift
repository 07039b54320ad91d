import Geospatial
import JSON
import Models

/// A place in Google's files.
struct GooglePlace {
    /// Degrees.
    var latitude: DegreesE7?
    var longitude: DegreesE7?

    /// A fix at the place.
    func fix(at time: Timestamp?, isHeartbeat: Bool = false) -> PhoneFix {
        var fix = PhoneFix()
        (fix.latitude, fix.longitude, fix.time, fix.isHeartbeat) = (latitude, longitude, time, isHeartbeat)
        return fix
    }

    /// A stay: a fix at its start, and a heartbeat at its end.
    func stay(from start: Timestamp?, to end: Timestamp?) -> [PhoneFix] {
        guard let start, let end, end > start else { return [fix(at: start ?? end)] }
        return [fix(at: start), fix(at: end, isHeartbeat: true)]
    }

    /// Reads a member with a latitude or a longitude × 10⁷.
    ///
    /// Skips other members.
    mutating func read(_ key: String, from reader: inout JSONReader) throws(JSONError) {
        switch key {
        case "latitudeE7", "latE7", "centerLatE7": latitude = try Self.readE7(from: &reader, limit: 90)
        case "longitudeE7", "lngE7", "centerLngE7": longitude = try Self.readE7(from: &reader, limit: 180)
        case "latLng", "LatLng": self = try Self.readText(from: &reader)
        default: try reader.skipValue()
        }
    }

    /// Parses an object with a place, or a place in text form.
    static func read(from reader: inout JSONReader) throws(JSONError) -> GooglePlace {
        guard try reader.peekKind() == .object else { return try readText(from: &reader) }
        var place = GooglePlace()
        try reader.readMembers { key, reader throws(JSONError) in try place.read(key, from: &reader) }
        return place
    }

    /// Parses `52.5163000°, 13.3777000°`, as in Android's Timeline.json, or `geo:52.516300,13.377700`, as in the iOS export.
    private static func readText(from reader: inout JSONReader) throws(JSONError) -> GooglePlace {
        guard let text = try reader.readTextIfAny() else { return GooglePlace() }
        let parts = text.utf8.filter { byte in
            byte &- UInt8(ascii: "0") < 10 || "+-.,".utf8.contains(byte)
        }.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count == 2 else { return GooglePlace() }
        return GooglePlace(latitude: PhoneNumber.degrees(parts[0]), longitude: PhoneNumber.degrees(parts[1]))
    }

    /// Parses degrees × 10⁷.
    private static func readE7(from reader: inout JSONReader, limit: Int64) throws(JSONError) -> DegreesE7? {
        guard let text = try reader.readNumberText(), let value = Int64(String(decoding: text, as: UTF8.self)) else {
            return nil
        }
        return degrees(value, limit: limit)
    }

    /// Corrects degrees × 10⁷ that are off by 2³², which occur in Records.json.
    static func degrees(_ value: Int64, limit: Int64) -> DegreesE7? {
        let isOff = value > limit * Int64(DegreesE7.perDegree)
        return Int32(exactly: isOff ? value - 1 << 32 : value).map { DegreesE7(rawValue: $0) }
    }
}
