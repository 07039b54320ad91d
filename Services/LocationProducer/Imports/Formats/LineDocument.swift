import JSON
import Models

/// A file of lines: CSV, or a `.rec` file of OwnTracks Recorder.
struct LineDocument: DocumentReader {
    private enum Form {
        case header
        case rows(CSVColumns)
        case recorder
    }

    private var form: Form
    /// The start of the incomplete line; empty once it is too long.
    private var beginning: [UInt8] = []
    private var beginningCount = 0
    private var line = 0
    /// The number of bytes before the line.
    private var offset = 0

    /// - Parameter format: CSV or OwnTracks.
    init(_ format: LocationImport.Format) {
        form = format == .owntracks ? .recorder : .header
    }

    mutating func read(_ piece: [UInt8], into yield: inout ImportYield) throws(ImportFailure) {
        var position = 0
        while position < piece.count {
            guard let end = piece[position...].firstIndex(of: 0x0A) else {
                keep(piece[position...])
                return
            }
            if beginningCount == 0 {
                try readLine(piece[position..<end], into: &yield)
                offset += end + 1 - position
            } else {
                keep(piece[position..<end])
                try finishLine(into: &yield)
                offset += 1
            }
            position = end + 1
        }
    }

    mutating func finish(into yield: inout ImportYield) throws(ImportFailure) {
        if beginningCount > 0 { try finishLine(into: &yield) }
        if case .header = form { throw Self.unknown }
    }

    private static var unknown: ImportFailure {
        .unknownFormat(
            "The file is none of the formats gpx, kml, geojson, google, owntracks and csv. "
                + "A CSV file needs a header row with columns for time, latitude and longitude."
        )
    }

    private mutating func keep(_ piece: ArraySlice<UInt8>) {
        beginningCount += piece.count
        if beginningCount <= DocumentBounds.line { beginning += piece } else { beginning = [] }
    }

    private mutating func finishLine(into yield: inout ImportYield) throws(ImportFailure) {
        let (text, count) = (beginning, beginningCount)
        (beginning, beginningCount) = ([], 0)
        if count > DocumentBounds.line {
            line += 1
            if case .header = form { throw Self.unknown }
            yield.reject(.tooLong(limit: DocumentBounds.line), at: ElementPlace(number: line, offset: offset))
        } else {
            try readLine(text[...], into: &yield)
        }
        offset += count
    }

    private mutating func readLine(_ text: ArraySlice<UInt8>, into yield: inout ImportYield) throws(ImportFailure) {
        line += 1
        guard text.count <= DocumentBounds.line else {
            if case .header = form { throw Self.unknown }
            return yield.reject(.tooLong(limit: DocumentBounds.line), at: ElementPlace(number: line, offset: offset))
        }
        guard text.contains(where: { $0 > 0x20 }) else { return }
        let place = ElementPlace(number: line, offset: offset)
        switch form {
        case .header:
            guard let columns = CSVColumns(header: text) else { throw Self.unknown }
            form = .rows(columns)
            yield.format = .csv
        case .rows(let columns): columns.read(text, at: place, into: &yield)
        case .recorder:
            yield.format = .owntracks
            readRecord(text, at: place, into: &yield)
        }
    }

    /// Parses a line of a `.rec` file: a time, a tab, the kind of message, a tab, and the original message of the device.
    private func readRecord(_ text: ArraySlice<UInt8>, at place: ElementPlace, into yield: inout ImportYield) {
        guard let brace = text.firstIndex(of: UInt8(ascii: "{")) else {
            return yield.reject(
                .unexpected("Expected a time, a kind and a message in JSON, with tabs between them."),
                at: place
            )
        }
        do throws(JSONError) {
            let message = try OwnTracksMessage(Array(text[brace...]))
            if message.isEncrypted { return yield.reject(.encrypted, at: place) }
            guard let fix = message.fix else { return yield.skip() }
            yield.add(fix, at: place)
        } catch {
            let error = JSONError(error.code, offset: place.offset + brace - text.startIndex + error.offset)
            yield.reject(.unexpected("The line is \(error)."), at: place)
        }
    }
}
