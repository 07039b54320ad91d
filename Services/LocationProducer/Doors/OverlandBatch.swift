import JSON
import Models

/// A batch of Overland: GeoJSON features, as far as they matter here.
///
/// ```json
/// {"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.030581,37.3318]},
///  "properties":{"timestamp":"2015-10-01T08:00:00-0700","altitude":0,"speed":4,"course":90,"horizontal_accuracy":30,
///  "battery_level":0.8,"device_id":"","unique_id":"7"}}]}
/// ```
/// `current` repeats a point and `trip` is none, so both are passed over. https://github.com/aaronpk/Overland-iOS#api
struct OverlandBatch: Equatable {
    /// The places, those that are none included: each is judged by itself.
    private(set) var fixes: [PhoneFix] = []
    /// How many elements are no features at all.
    private(set) var malformed = 0
    /// The first device that a feature names.
    private(set) var deviceID: String?

    /// The most features of a batch; the app sends 1,000 at most.
    static let maximumCount = 10_000

    /// Reads a batch.
    ///
    /// - Throws: `JSONError` if it is no JSON at all.
    init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var batch = (fixes: [PhoneFix](), malformed: 0, deviceID: nil as String?)
        try reader.readMembers { key, reader throws(JSONError) in
            guard key == "locations", try reader.peekKind() == .array else { return try reader.skipValue() }
            try reader.beginArray()
            while try reader.nextElement() {
                guard batch.fixes.count < Self.maximumCount else {
                    try reader.skipValue()
                    batch.malformed += 1
                    continue
                }
                let feature = try Feature(from: &reader)
                if batch.deviceID == nil, let id = feature.deviceID, !id.isEmpty { batch.deviceID = id }
                guard feature.isFeature else {
                    batch.malformed += 1
                    continue
                }
                if !feature.isEvent { batch.fixes.append(feature.fix) }
            }
        }
        try reader.finish()
        (fixes, malformed, deviceID) = batch
    }

    /// One element of `locations`.
    private struct Feature {
        private(set) var fix = PhoneFix()
        private(set) var deviceID: String?
        private(set) var isFeature = false
        /// Whether it says what the app did rather than where the phone is.
        private(set) var isEvent = false

        init(from reader: inout JSONReader) throws(JSONError) {
            var (fix, deviceID, isEvent) = (PhoneFix(), nil as String?, false)
            isFeature = try reader.readMembers { key, reader throws(JSONError) in
                switch key {
                case "geometry":
                    try reader.readMembers { key, reader throws(JSONError) in
                        guard key == "coordinates" else { return try reader.skipValue() }
                        try Self.readCoordinates(from: &reader, into: &fix)
                    }
                case "properties":
                    try reader.readMembers { key, reader throws(JSONError) in
                        switch key {
                        case "timestamp":
                            fix.time = try reader.readTextIfAny().flatMap { Timestamp(iso8601: $0.utf8) }
                        case "altitude": fix.altitude = try reader.readDecimalIfAny()
                        case "speed": fix.speed = try reader.readDecimalIfAny()
                        case "course": fix.course = try reader.readDecimalIfAny()
                        case "horizontal_accuracy": fix.accuracy = try reader.readDecimalIfAny()
                        case "battery_level": fix.battery = try reader.readDecimalIfAny().map { $0 * 100 }
                        case "device_id": deviceID = try reader.readTextIfAny()
                        case "action": isEvent = try reader.readTextIfAny().map { !$0.isEmpty } ?? false || isEvent
                        case "type": isEvent = try reader.readTextIfAny() == "trip" || isEvent
                        default: try reader.skipValue()
                        }
                    }
                default: try reader.skipValue()
                }
            }
            (self.fix, self.deviceID, self.isEvent) = (fix, deviceID, isEvent)
        }

        /// Longitude, then latitude, then perhaps more.
        private static func readCoordinates(from reader: inout JSONReader, into fix: inout PhoneFix) throws(JSONError) {
            guard try reader.peekKind() == .array else { return try reader.skipValue() }
            try reader.beginArray()
            var position = 0
            while try reader.nextElement() {
                switch position {
                case 0: fix.longitude = try reader.readDegreesIfAny()
                case 1: fix.latitude = try reader.readDegreesIfAny()
                default: try reader.skipValue()
                }
                position += 1
            }
        }
    }
}
