import JSON
import Models

/// A batch of Overland: GeoJSON features.
///
/// ```json
/// {"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[-122.030581,37.3318]},
///  "properties":{"timestamp":"2015-10-01T08:00:00-0700","altitude":0,"speed":4,"course":90,"horizontal_accuracy":30,
///  "battery_level":0.8,"device_id":"","unique_id":"7"}}]}
/// ```
/// `current` repeats a point and `trip` is not a point, so both are skipped. Of features with an `action`, visits count.
/// https://github.com/aaronpk/Overland-iOS#api
struct OverlandBatch: Equatable {
    /// The features, including invalid ones: each is validated separately.
    private(set) var fixes: [PhoneFix] = []
    /// The number of elements that are not features.
    private(set) var malformed = 0
    /// The first device that a feature names, else the one at the top level, as in Colota (PayloadBuilder.kt).
    private(set) var deviceID: String?

    /// Maximum number of features in a batch; the app sends at most 1,000.
    static let maximumCount = 10_000

    /// Parses a batch.
    ///
    /// - Throws: `JSONError` if the text is not JSON.
    init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var batch = (fixes: [PhoneFix](), malformed: 0, deviceID: nil as String?)
        var topDeviceID: String?
        try reader.readMembers { key, reader throws(JSONError) in
            if key == "device_id" {
                topDeviceID = try reader.readTextIfAny()
                return
            }
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
                batch.fixes += feature.fixes
            }
        }
        try reader.finish()
        (fixes, malformed, deviceID) = (batch.fixes, batch.malformed, batch.deviceID ?? topDeviceID)
    }

    /// An element of `locations`.
    private struct Feature {
        /// The fix, or the two ends of a visit; empty for other actions.
        private(set) var fixes: [PhoneFix] = []
        private(set) var deviceID: String?
        private(set) var isFeature = false

        init(from reader: inout JSONReader) throws(JSONError) {
            var (fix, deviceID, action, isTrip) = (PhoneFix(), nil as String?, "", false)
            var (arrival, departure): (Timestamp?, Timestamp?) = (nil, nil)
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
                        case "timestamp": fix.time = try Self.readTime(from: &reader)
                        case "arrival_date": arrival = try Self.readTime(from: &reader)
                        case "departure_date": departure = try Self.readTime(from: &reader)
                        case "altitude": fix.altitude = try reader.readDecimalIfAny()
                        case "speed": fix.speed = try reader.readDecimalIfAny()
                        case "course": fix.course = try reader.readDecimalIfAny()
                        case "horizontal_accuracy": fix.accuracy = try reader.readDecimalIfAny()
                        case "battery_level": fix.battery = try reader.readDecimalIfAny().map { $0 * 100 }
                        case "device_id": deviceID = try reader.readTextIfAny()
                        case "action": action = try reader.readTextIfAny() ?? ""
                        case "type": isTrip = try reader.readTextIfAny() == "trip"
                        default: try reader.skipValue()
                        }
                    }
                default: try reader.skipValue()
                }
            }
            self.deviceID = deviceID
            switch action {
            case "": fixes = isTrip ? [] : [fix]
            case "visit": fixes = Self.visit(fix, from: arrival, to: departure)
            default: break
            }
        }

        private static func readTime(from reader: inout JSONReader) throws(JSONError) -> Timestamp? {
            try reader.readTextIfAny().flatMap(PhoneTime.read)
        }

        /// The ends of a visit: a fix at the arrival, and a heartbeat at the departure.
        ///
        /// iOS reports a visit twice: soon after the arrival, with a null departure, and after the departure. In the first report,
        /// `timestamp` is the last time at which the device was known to be there (`CLVisit`).
        private static func visit(_ fix: PhoneFix, from arrival: Timestamp?, to departure: Timestamp?) -> [PhoneFix] {
            var (first, last) = (fix, fix)
            first.time = arrival
            last.time = departure ?? fix.time
            last.isHeartbeat = true
            guard let arrival else { return [last] }
            return (last.time ?? arrival) > arrival ? [first, last] : [first]
        }

        /// Longitude, latitude, and optionally more.
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
