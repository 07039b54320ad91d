import HTTPServer
import JSON
import Models

extension OsmAndMessage {
    /// Parses JSON.
    ///
    /// Searches for fixes at the top level, in the members of ``containers``, and in every array of objects at the top level.
    ///
    /// - Throws: `JSONError` if the text is not JSON.
    init(_ bytes: [UInt8], now: Timestamp) throws(JSONError) {
        var reader = JSONReader(bytes)
        self.init()
        switch try reader.peekKind() {
        case .object: try readItem(from: &reader, at: .top, now: now)
        case .array: try readItems(from: &reader, at: .topArray, now: now)
        case .string, .number, .boolean, .null:
            try reader.skipValue()
            malformed += 1
        }
        try reader.finish()
    }

    /// The nesting level of an object.
    private enum Level {
        /// The whole message.
        case top
        /// An element of the array that is the whole message.
        case topArray
        /// In a member of the message.
        case inner
    }

    /// The members that contain fixes.
    ///
    /// `location` is used by transistorsoft's background-geolocation, as an object or an array; `locations` by the example in its
    /// documentation; `data` by Home Assistant's app. GeoJSON's `features` are not supported here, and therefore rejected.
    private static let containers: Set<String> = ["location", "locations", "data", "features"]

    /// The type of a message with a place in Home Assistant's app.
    private static let locationType = "update_location"

    private mutating func readItems(
        from reader: inout JSONReader,
        at level: Level,
        holdsFixes: Bool = true,
        now: Timestamp
    ) throws(JSONError) {
        try reader.beginArray()
        while try reader.nextElement() {
            let count = fixes.count + malformed
            if fixes.count < Self.maximumCount, try reader.peekKind() == .object {
                try readItem(from: &reader, at: level, now: now)
            } else {
                try reader.skipValue()
            }
            if holdsFixes, fixes.count + malformed == count { malformed += 1 }
        }
    }

    private mutating func readItem(from reader: inout JSONReader, at level: Level, now: Timestamp) throws(JSONError) {
        var (fields, owner, isOfOtherType) = (PhoneFields(), nil as String?, false)
        let count = fixes.count + malformed
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let kind = try reader.peekKind()
            switch key {
            case "id" where level == .inner: try reader.skipValue()
            case _ where PhoneFields.deviceNames.contains(key):
                let name = try reader.readTextIfAny()
                if owner?.isEmpty ?? true { owner = name }
            case "coords":
                fields.isMetric = true
                try reader.readMembers { key, reader throws(JSONError) in
                    if let value = try reader.readScalar() { fields.set(key, value) }
                }
            case "battery" where kind == .object:
                try reader.readMembers { key, reader throws(JSONError) in
                    guard key == "level" else { return try reader.skipValue() }
                    fields.setBattery(share: try reader.readDecimalIfAny())
                }
            case "gps" where kind == .array: try Self.readPair(from: &reader, into: &fields)
            case "type" where level == .top:
                isOfOtherType = try reader.readTextIfAny().map { $0 != Self.locationType } ?? false
            case _ where level == .top && kind == .array:
                let holdsFixes = Self.containers.contains(key)
                try readItems(from: &reader, at: .inner, holdsFixes: holdsFixes, now: now)
            case _ where level == .top && kind == .object && Self.containers.contains(key):
                try readItem(from: &reader, at: .inner, now: now)
            default: if let value = try reader.readScalar() { fields.set(key, value) }
            }
        }
        if let owner, !owner.isEmpty {
            // A batch belongs to one device: skip fixes of other devices.
            guard deviceID ?? owner == owner else {
                malformed += 1
                return
            }
            deviceID = owner
        }
        if isOfOtherType { (fixes, malformed) = ([], 0) }
        let hasItems = fixes.count + malformed > count
        guard !isOfOtherType, !hasItems || fields.hasPlace, let fix = fields.fix(now: now) else { return }
        fixes.append(fix)
    }

    /// Parses an array of latitude and longitude, as in Home Assistant's app.
    private static func readPair(from reader: inout JSONReader, into fields: inout PhoneFields) throws(JSONError) {
        fields.isMetric = true
        try reader.beginArray()
        var position = 0
        while try reader.nextElement() {
            let value = try reader.readScalar()
            if position < 2, let value { fields.set(position == 0 ? "latitude" : "longitude", value) }
            position += 1
        }
    }
}

extension JSONReader {
    /// The next value as text if it is a number, a string or a Boolean.
    ///
    /// Skips other values and returns `nil`.
    fileprivate mutating func readScalar() throws(JSONError) -> String? {
        guard try peekKind() == .boolean else { return try readTextIfAny() }
        return try readBoolean() ? "true" : "false"
    }
}
