package import JSON

/// A file of locations that a person uploads, and how far it has come.
package struct LocationImport: Equatable, Sendable {
    /// Whether it is being read, and how it ended.
    package enum State: String, Sendable {
        case running
        /// Read to its end.
        case done
        /// Not read to its end; ``failure`` says why.
        case failed
    }

    /// The format of the file.
    package enum Format: String, CaseIterable, Sendable {
        case gpx
        case kml
        case geojson
        /// Google's Records.json, Semantic Location History and Timeline.json.
        case google
        /// `.rec` files of OwnTracks Recorder.
        case owntracks
        case csv
    }

    /// An element that was rejected.
    package struct Issue: Equatable, Sendable {
        /// The number of the element in the file, counted from 1; the line of a file of lines.
        package let element: Int
        /// The offset of its first byte in the file, after decompression.
        package let offset: Int
        /// A sentence that says what was expected.
        package let detail: String

        /// Creates a value.
        package init(element: Int, offset: Int, detail: String) {
            self.element = element
            self.offset = offset
            self.detail = detail
        }
    }

    /// The most issues that are kept.
    package static let maximumIssues = 100
    /// How long a running import may show no progress before it counts as failed, in microseconds.
    package static let patience: Int64 = 60 * 1_000_000

    /// The name that its uploader, or the server, gave it.
    package let id: ImportID
    package var state = State.running
    /// `nil` before it is recognised.
    package var format: Format?
    /// How many bytes were read, after decompression.
    package var bytes = 0
    /// How many locations the queue has.
    package var accepted = 0
    /// How many were invalid.
    package var rejected = 0
    /// How many elements say nothing about where a person was.
    package var skipped = 0
    /// The first rejected elements.
    package var issues: [Issue] = []
    /// Why the file was not read to its end; a sentence.
    package var failure: String?
    /// When it began.
    package let startedAt: Timestamp
    /// When it was last stored.
    package var updatedAt: Timestamp

    /// An import that begins.
    package init(id: ImportID, startedAt: Timestamp) {
        self.id = id
        self.startedAt = startedAt
        updatedAt = startedAt
    }

    /// The import as clients see it: without progress for a minute, it counts as failed.
    package func seen(at moment: Timestamp) -> LocationImport {
        guard state == .running, updatedAt.microseconds < moment.microseconds - Self.patience else { return self }
        var seen = self
        seen.state = .failed
        seen.failure = "The upload stopped before its end: send the file again."
        return seen
    }

    /// Writes an object.
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.text)
            writer.member("state", state.rawValue)
            if let format { writer.member("format", format.rawValue) }
            writer.member("started_at", startedAt.description)
            writer.member("updated_at", updatedAt.description)
            writer.member("bytes", bytes)
            writer.member("accepted", accepted)
            writer.member("rejected", rejected)
            writer.member("skipped", skipped)
            writer.key("errors")
            LocationImport.write(issues, to: &writer)
            if let failure { writer.member("failure", failure) }
        }
    }

    /// Writes an array of objects, which ``readIssues(from:)`` reads.
    package static func write(_ issues: [Issue], to writer: inout JSONWriter) {
        writer.array(of: issues) { writer, issue in
            writer.object {
                $0.member("element", issue.element)
                $0.member("offset", issue.offset)
                $0.member("detail", issue.detail)
            }
        }
    }

    /// Reads what ``write(_:to:)`` has written.
    package static func readIssues(from text: [UInt8]) throws(JSONError) -> [Issue] {
        var reader = JSONReader(text)
        var issues: [Issue] = []
        try reader.beginArray()
        while try reader.nextElement() {
            var (element, offset, detail) = (0, 0, "")
            try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "element": element = try reader.readInteger()
                case "offset": offset = try reader.readInteger()
                case "detail": detail = try reader.readString()
                default: try reader.skipValue()
                }
            }
            issues.append(Issue(element: element, offset: offset, detail: detail))
        }
        try reader.finish()
        return issues
    }
}

/// The name of an import among those of its person: 1 to 64 letters, digits and `.`, `_`, `-`.
package struct ImportID: Hashable, Sendable {
    /// The text.
    package let text: String

    /// Takes a text; `nil` if it cannot be such a name.
    package init?(_ text: some StringProtocol) {
        // A device's id may have colons, too; in a path they are escaped by some clients and not by others.
        guard let id = DeviceID(text), !text.utf8.contains(UInt8(ascii: ":")), text != ".", text != ".." else {
            return nil
        }
        self.text = id.text
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// A new one.
    package static func random() -> ImportID {
        ImportID(unchecked: RandomText.make(characters: 16))
    }

    /// A description of valid names, for error messages.
    package static let expectation = "1 to 64 letters, digits and the characters . _ -"
}
