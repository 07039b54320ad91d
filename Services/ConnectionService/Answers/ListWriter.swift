import JSON

/// Writes a list entry by entry, in the format of the answer.
struct ListWriter: Sendable {
    let format: ListFormat
    /// The text of the formats `json` and `geoJSON`.
    var json = JSONWriter()
    /// The text of the format `csv`.
    var csv = CSVWriter()
    /// The text of the format `vCard`.
    var cards: [UInt8] = []

    /// Starts a list.
    ///
    /// - Parameters:
    ///   - format: the media type.
    ///   - columns: the columns of CSV.
    init(_ format: ListFormat, columns: [String] = []) {
        self.format = format
        switch format {
        case .json: json.begin(.array)
        case .geoJSON:
            json.begin(.object)
            json.member("type", "FeatureCollection")
            json.key("features")
            json.begin(.array)
        case .csv: csv.writeNames(columns)
        case .vCard: break
        }
    }

    /// Ends the list.
    mutating func end() {
        guard format == .json || format == .geoJSON else { return }
        json.end(.array)
        if format == .geoJSON { json.end(.object) }
    }

    /// Returns the text written so far and empties the buffer.
    mutating func takeBytes() -> [UInt8] {
        switch format {
        case .json, .geoJSON: return json.takeBytes()
        case .csv: return csv.takeBytes()
        case .vCard:
            defer { cards.removeAll(keepingCapacity: true) }
            return cards
        }
    }
}

extension JSONWriter {
    /// Writes a GeoJSON feature.
    mutating func feature(
        id: Int64? = nil,
        geometry: (inout JSONWriter) -> Void,
        properties: (inout JSONWriter) -> Void
    ) {
        object { writer in
            writer.member("type", "Feature")
            if let id { writer.member("id", id) }
            writer.key("geometry")
            geometry(&writer)
            writer.object("properties") { properties(&$0) }
        }
    }
}
