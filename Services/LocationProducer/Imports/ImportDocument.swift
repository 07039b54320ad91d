import Models

/// A file of any format.
///
/// Its first bytes determine the format unless the client states it.
struct ImportDocument: DocumentReader {
    private enum State {
        case unrecognised([UInt8])
        case recognised(any DocumentReader)
    }

    /// Maximum bytes to examine for the format.
    private static let probe = 1_024

    private let format: LocationImport.Format?
    private var text = ImportText()
    private var state = State.unrecognised([])

    /// - Parameter format: the format that the client states; `nil` to recognise it.
    init(format: LocationImport.Format? = nil) {
        self.format = format
    }

    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        try readText(text.utf8(piece), into: &yield)
    }

    mutating func finish(into yield: inout ImportYield) throws(ImportFailure) {
        try readText(text.finish(), into: &yield)
        if case .unrecognised(let beginning) = state { try recognise(beginning, into: &yield) }
        guard case .recognised(var reader) = state else { return }
        try reader.finish(into: &yield)
    }

    private mutating func readText(_ text: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        guard !text.isEmpty else { return }
        switch state {
        case .recognised(var reader):
            // Move the bytes out, so that the buffers are not copied.
            state = .unrecognised([])
            defer { state = .recognised(reader) }
            try reader.read(text, into: &yield)
        case .unrecognised(let beginning):
            let beginning = beginning + text
            state = .unrecognised(beginning)
            if beginning.count >= Self.probe { try recognise(beginning, into: &yield) }
        }
    }

    private mutating func recognise(_ beginning: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        var reader = try makeReader(beginning)
        defer { state = .recognised(reader) }
        try reader.read(beginning, into: &yield)
    }

    private func makeReader(_ beginning: [UInt8]) throws(ImportFailure) -> any DocumentReader {
        if beginning.starts(with: Array("PK\u{3}\u{4}".utf8)) {
            throw .unknownFormat("The file is a ZIP archive: unpack it, and send the files in it one by one.")
        }
        let first = beginning.first { $0 > 0x20 }
        let isXML = first == UInt8(ascii: "<")
        let isJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        switch format {
        case .gpx, .kml:
            guard isXML else { throw .malformed("Expected XML, as the format that was named has it.") }
        case .geojson, .google:
            guard isJSON else { throw .malformed("Expected JSON, as the format that was named has it.") }
        case .csv: return LineDocument(.csv)
        case .owntracks: return LineDocument(.owntracks)
        case nil: break
        }
        if isXML { return XMLDocument(expected: format, isConverted: text.isConverted) }
        if isJSON { return JSONDocument(expected: format) }
        // A line of OwnTracks Recorder starts with a time, a header row with a name.
        if let first, first &- UInt8(ascii: "0") < 10, beginning.contains(UInt8(ascii: "{")) {
            return LineDocument(.owntracks)
        }
        return LineDocument(.csv)
    }
}
