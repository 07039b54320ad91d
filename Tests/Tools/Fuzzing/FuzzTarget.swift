import Models

@testable import PersonService

/// A parser of untrusted input, with properties that hold for all bytes.
///
/// The properties go beyond the absence of crashes: accepted input can be written and read back, and no input is lost.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// A location in the REST API.
    case location
    /// A batch of locations: an array, or one location a line.
    case batch
    /// A message of the queue: a record, or a line of JSON.
    case record
    /// A block of the embedded log. The first byte is the number of messages.
    case block
    /// A message of a gRPC service. The first byte selects the type.
    case call
    /// A message of OwnTracks.
    case owntracks
    /// A batch of Overland.
    case overland
    /// A message of OsmAnd, GPSLogger or Traccar Client: a query, a form, or JSON.
    case osmand
    /// A body in any encoding that may contain a time.
    case phonetext
    /// A page cursor of meetings.
    case cursor
    /// An imported file of GPX.
    case gpx
    /// An imported file of KML.
    case kml
    /// An imported file of GeoJSON.
    case geojson
    /// An imported file of Google's: Records.json, Semantic Location History, Timeline.json.
    case takeout
    /// An imported file of OwnTracks Recorder.
    case recorder
    /// An imported file of CSV.
    case csv
    /// A plan of GeoJSON.
    case plan
    /// A plan in an IMDF archive.
    case imdf
    /// A programme of our own JSON.
    case sessions
    /// A programme of iCalendar.
    case calendar
    /// A programme of `schedule.xml`.
    case schedulexml
    /// A programme of `schedule.json`.
    case schedulejson
    /// A token of an issuer: a header, claims and a signature, not yet encoded.
    case token
    /// The keys of an issuer.
    case keyset
    /// The discovery document of an issuer.
    case issuer
    /// The text of an API key.
    case keytext
    /// The head of a request to `/auth`: a field a line.
    case authhead
    /// The body of a request for an API key.
    case keydetails
    /// The body of a request for a claim, a session or an emergency access.
    case claimbody
    /// The claims of an identity header, not yet encoded and signed.
    case identity
    /// The `Authorization` field of a phone.
    case phonelogin
    /// The body of a request to send push messages to a browser.
    case pushbody

    /// A fixed clock, so that results are reproducible.
    static let now = Timestamp(microseconds: 1_777_888_800_000_000)

    /// Parses the bytes.
    ///
    /// - Throws: ``BrokenPromise`` if a property does not hold, but never an error of a parser.
    func check(_ bytes: [UInt8]) throws(BrokenPromise) {
        switch self {
        case .location: try Self.checkLocation(bytes)
        case .batch: try Self.checkBatch(bytes)
        case .record: try Self.checkRecord(bytes)
        case .block: try Self.checkBlock(bytes)
        case .call: try Self.checkCall(bytes)
        case .owntracks: try Self.checkOwnTracks(bytes)
        case .overland: try Self.checkOverland(bytes)
        case .osmand: try Self.checkOsmAnd(bytes)
        case .phonetext: try Self.checkPhoneText(bytes)
        case .cursor: try Self.checkCursor(bytes)
        case .gpx: try Self.checkImport(bytes, as: .gpx)
        case .kml: try Self.checkImport(bytes, as: .kml)
        case .geojson: try Self.checkImport(bytes, as: .geojson)
        case .takeout: try Self.checkImport(bytes, as: .google)
        case .recorder: try Self.checkImport(bytes, as: .owntracks)
        case .csv: try Self.checkImport(bytes, as: .csv)
        case .plan: try Self.checkPlan(bytes)
        case .imdf: try Self.checkArchive(bytes)
        case .sessions: try Self.checkProgramme(bytes, as: .json)
        case .calendar: try Self.checkProgramme(bytes, as: .ical)
        case .schedulexml: try Self.checkProgramme(bytes, as: .scheduleXML)
        case .schedulejson: try Self.checkProgramme(bytes, as: .scheduleJSON)
        case .token: try Self.checkToken(bytes)
        case .keyset: try Self.checkKeySet(bytes)
        case .issuer: try Self.checkIssuer(bytes)
        case .keytext: try Self.checkKeyText(bytes)
        case .authhead: try Self.checkAuthHead(bytes)
        case .keydetails: try Self.checkKeyDetails(bytes)
        case .claimbody: try Self.checkClaimBody(bytes)
        case .identity: try Self.checkIdentity(bytes)
        case .phonelogin: try Self.checkPhoneLogin(bytes)
        case .pushbody: try Self.checkPushRegistration(bytes)
        }
    }

    static func promise(_ holds: Bool, _ what: StaticString) throws(BrokenPromise) {
        guard holds else { throw BrokenPromise(what: what) }
    }
}

/// A property does not hold.
struct BrokenPromise: Error, CustomStringConvertible {
    /// The property.
    let what: StaticString

    var description: String { "does not hold: \(what)" }
}
