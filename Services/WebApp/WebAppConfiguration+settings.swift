import JSON

extension WebAppConfiguration {
    /// The settings of the pages as JSON: the address of the API, and of tiles if there are any.
    var settings: [UInt8] {
        JSONWriter.object { writer in
            writer.member("api", api.description)
            if let tiles { writer.member("tiles", tiles) }
            if let tilesAttribution { writer.member("tilesAttribution", tilesAttribution) }
        }
    }
}
