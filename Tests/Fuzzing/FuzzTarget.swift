import Models

/// A reader of what strangers send, with what has to hold whatever the bytes are.
///
/// That it does not crash is not all: what is read can be written and read again, and everything that came in is accounted for.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// A location as the REST API takes it.
    case location
    /// A batch of locations: an array, or a line each.
    case batch
    /// A message of the queue: a record, or a line of JSON.
    case record
    /// A block of the embedded log; the first byte says how many messages it is to have.
    case block
    /// A message of one of the gRPC services; the first byte says which.
    case call
    /// A message of OwnTracks.
    case owntracks
    /// A batch of Overland.
    case overland
    /// What OsmAnd, GPSLogger and Traccar Client send: a query, a form, or JSON.
    case osmand
    /// A body in any encoding, whose text may be a time.
    case phonetext
    /// Where a page of meetings ends.
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

    /// The services' clock, stopped, so that an input always means the same.
    static let now = Timestamp(microseconds: 1_777_888_800_000_000)

    /// Reads the bytes.
    ///
    /// - Throws: ``BrokenPromise`` if something does not hold; it is none of the readers' own errors.
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
        }
    }

    static func promise(_ holds: Bool, _ what: StaticString) throws(BrokenPromise) {
        guard holds else { throw BrokenPromise(what: what) }
    }
}

/// Something that has to hold does not.
struct BrokenPromise: Error, CustomStringConvertible {
    /// What should have held.
    let what: StaticString

    var description: String { "does not hold: \(what)" }
}
