import Models
import XML

/// GPX and KML, recognised by the root element.
struct XMLDocument: DocumentReader {
    private enum Form {
        case unknown
        case gpx(GPXTracks)
        case kml(KMLPlaces)
    }

    private let expected: LocationImport.Format?
    private let reader: XMLReader
    private var form = Form.unknown

    init(expected: LocationImport.Format?, isConverted: Bool) {
        self.expected = expected
        reader = XMLReader(isUTF8: isConverted)
    }

    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        try take(reader.read(piece), into: &yield)
        try checkReader()
    }

    mutating func finish(into yield: inout ImportYield) throws(ImportFailure) {
        try take(reader.finish(), into: &yield)
        try checkReader()
    }

    /// What is before the damage is accepted.
    private func checkReader() throws(ImportFailure) {
        if let failure = reader.failure { throw .malformed("The file is \(failure).") }
    }

    private mutating func take(_ events: [XMLEvent], into yield: inout ImportYield) throws(ImportFailure) {
        // Move the reader out, so that its texts are not copied.
        var form = form
        self.form = .unknown
        defer { self.form = form }
        for event in events {
            switch form {
            case .unknown:
                guard case .start(let name, _, _) = event else { continue }
                form = try Self.form(of: name, expected: expected)
                yield.format = if case .gpx = form { .gpx } else { .kml }
            case .gpx(var tracks):
                form = .unknown
                tracks.take(event, into: &yield)
                form = .gpx(tracks)
            case .kml(var places):
                form = .unknown
                places.take(event, into: &yield)
                form = .kml(places)
            }
        }
    }

    private static func form(of root: String, expected: LocationImport.Format?) throws(ImportFailure) -> Form {
        switch root {
        case "gpx" where expected == nil || expected == .gpx: return .gpx(GPXTracks())
        case "kml" where expected == nil || expected == .kml: return .kml(KMLPlaces())
        case "gpx", "kml": throw .malformed("The file is of the format \(root), and not of the one that was named.")
        default: throw .unknownFormat("The file is XML, but neither GPX nor KML: its root is another element.")
        }
    }
}

/// The text of an XML element, up to a limit.
struct ElementText {
    /// The text so far; empty once it is too long.
    private(set) var text = ""
    private(set) var isTooLong = false

    /// Starts the text of another element.
    mutating func begin() {
        text.removeAll(keepingCapacity: true)
        isTooLong = false
    }

    /// Adds a part.
    mutating func add(_ part: String) {
        guard !isTooLong, text.utf8.count + part.utf8.count <= DocumentBounds.text else {
            text = ""
            isTooLong = true
            return
        }
        text += part
    }

    /// The trimmed text.
    var trimmed: String {
        let isSpace = { (byte: UInt8) in byte <= 0x20 }
        guard let first = text.utf8.firstIndex(where: { !isSpace($0) }),
            let last = text.utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(text[first...last])
    }
}
