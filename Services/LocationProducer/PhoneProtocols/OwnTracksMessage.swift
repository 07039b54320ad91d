import JSON
import Models

/// A message of OwnTracks in HTTP mode.
///
/// ```json
/// {"_type":"location","lat":48.856826,"lon":2.292713,"tst":1456212791,"acc":12,"vel":5,"cog":270,"batt":87,
///  "tid":"JJ","topic":"owntracks/jane/phone"}
/// ```
/// https://owntracks.org/booklet/tech/json
struct OwnTracksMessage: Equatable {
    /// The fix; `nil` in messages of other types than `location`.
    private(set) var fix: PhoneFix?
    /// The access point, the beacon and the regions that the message names, at ``time``.
    private(set) var transmitters: [NoticedTransmitter] = []
    /// The time of the fix, or of the beacon.
    private(set) var time: Timestamp?
    /// Whether the app has encrypted the message.
    private(set) var isEncrypted = false
    /// The user in the topic.
    private(set) var topicUser: String?
    /// The app's two-letter id.
    private(set) var trackerID: String?

    /// Parses a message.
    ///
    /// - Throws: `JSONError` if the text is not JSON. Other messages without a location have no fix.
    init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes)
        var (fix, type, trigger) = (PhoneFix(), nil as String?, "")
        var (fixTime, creationTime): (Double?, Double?) = (nil, nil)
        var (topicUser, trackerID): (String?, String?) = (nil, nil)
        var transmitters: [NoticedTransmitter] = []
        var (uuid, major, minor): (String?, Double?, Double?) = (nil, nil, nil)
        try reader.readMembers { key, reader throws(JSONError) in
            switch key {
            case "_type": type = try reader.readTextIfAny()
            case "lat": fix.latitude = try reader.readDegreesIfAny()
            case "lon": fix.longitude = try reader.readDegreesIfAny()
            case "tst": fixTime = try reader.readDecimalIfAny()
            case "created_at": creationTime = try reader.readDecimalIfAny()
            case "t": trigger = try reader.readTextIfAny() ?? ""
            case "acc": fix.accuracy = try reader.readDecimalIfAny()
            case "alt": fix.altitude = try reader.readDecimalIfAny()
            case "vel": fix.speed = try reader.readDecimalIfAny().map { $0 / 3.6 }
            case "cog", "bear": fix.course = try reader.readDecimalIfAny()
            case "batt": fix.battery = try reader.readDecimalIfAny()
            case "topic": topicUser = try reader.readTextIfAny().flatMap(Self.user(ofTopic:))
            case "tid": trackerID = try reader.readTextIfAny()
            case "BSSID":
                if let point = try reader.readTextIfAny().flatMap(NoticedTransmitter.init(bssid:)) {
                    transmitters.append(point)
                }
            case "inrids": try Self.readRegions(from: &reader, into: &transmitters)
            case "uuid": uuid = try reader.readTextIfAny()
            case "major": major = try reader.readDecimalIfAny()
            case "minor": minor = try reader.readDecimalIfAny()
            default: try reader.skipValue()
            }
        }
        try reader.finish()
        // Overland's OwnTracks mode counts from 2001.
        fix.mayCountFrom2001 = true
        fix.time = fixTime.flatMap(PhoneTime.read)
        if Self.repeatingTriggers.contains(trigger), let time = fix.time,
            let creation = creationTime.flatMap(PhoneTime.read), creation > time
        {
            // With the time of the fix, it would only repeat the fix.
            fix.time = creation
            fix.isHeartbeat = true
        }
        // Colota's templates for GeoPulse and for self-hosted servers have no type.
        let isLocation = type == "location" || type == nil && fix.latitude != nil && fix.longitude != nil
        self.fix = isLocation ? fix : nil
        time = fix.time
        if isLocation {
            self.transmitters = transmitters
        } else if type == "beacon", let uuid, let major = major.flatMap({ Int(exactly: $0) }),
            let minor = minor.flatMap({ Int(exactly: $0) })
        {
            self.transmitters = [NoticedTransmitter(uuid: uuid, major: major, minor: minor)].compactMap { $0 }
        }
        isEncrypted = type == "encrypted"
        self.topicUser = topicUser
        self.trackerID = trackerID
    }

    /// The triggers of heartbeats, which repeat the last fix: Android's ping every 15 minutes (SendLocationPingWorker.kt), and
    /// iOS's timer in move mode (OwnTracksAppDelegate.m).
    ///
    /// `created_at` is the time of such a heartbeat. A message with these triggers and a new `tst` is an ordinary fix.
    private static let repeatingTriggers: Set<String> = ["p", "t"]

    private static func readRegions(
        from reader: inout JSONReader,
        into transmitters: inout [NoticedTransmitter]
    ) throws(JSONError) {
        guard try reader.peekKind() == .array else { return try reader.skipValue() }
        try reader.beginArray()
        while try reader.nextElement() {
            guard let region = try reader.readTextIfAny().flatMap(NoticedTransmitter.init(region:)),
                transmitters.count < NoticedTransmitter.maximumCount
            else { continue }
            transmitters.append(region)
        }
    }

    /// The user in a topic: `jane` in `owntracks/jane/phone`.
    private static func user(ofTopic topic: String) -> String? {
        let parts = topic.split(separator: "/", omittingEmptySubsequences: true)
        return parts.count >= 2 ? String(parts[1]) : nil
    }
}
