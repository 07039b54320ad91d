import Archive
import Credentials
import JSON
import Models

/// Writes plans in Apple's Indoor Mapping Data Format; see ``IMDFReader`` for the types of features.
struct IMDFWriter {
    private let event: Event
    private let zones: [Zone]
    private let codes: [ZoneID: String]

    init(_ event: Event, _ zones: [Zone]) {
        (self.event, self.zones) = (event, zones)
        codes = Dictionary(zones.map { ($0.id, $0.code) }, uniquingKeysWith: { first, _ in first })
    }

    /// Returns the archive.
    func archive() throws(ArchiveError) -> [UInt8] {
        let buildings = zones.filter { $0.kind == .building }
        let kiosks = zones.filter { $0.kind == .booth }
        let units = zones.filter { $0.kind != .building && $0.kind != .booth }
        let footprints = collection(buildings) { writeFootprint($1, to: &$0) }
        let files = [
            ("manifest.json", manifest()),
            ("address.geojson", addresses()),
            ("venue.geojson", venues()),
            ("building.geojson", collection(buildings) { writeBuilding($1, to: &$0) }),
            ("footprint.geojson", footprints),
            ("level.geojson", levels()),
            ("unit.geojson", collection(units) { writePlace($1, "unit", to: &$0) }),
            ("kiosk.geojson", collection(kiosks) { writePlace($1, "kiosk", to: &$0) }),
        ]
        return try ZipArchive.bytes(of: files.map { ArchivedFile(path: $0.0, bytes: $0.1) })
    }

    private func manifest() -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("version", "1.0.0")
            writer.member("created", "1980-01-01T00:00:00Z")
            writer.member("generated_by", "UdaConnect")
            writer.member("language", "en")
        }
    }

    private func collection<Element>(
        _ elements: [Element],
        _ write: (inout JSONWriter, Element) -> Void
    ) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("type", "FeatureCollection")
            writer.array("features", of: elements) { write(&$0, $1) }
        }
    }

    /// Writes the members that all features have, with the properties.
    private func feature(
        _ type: String,
        _ name: String,
        _ area: ZoneArea?,
        to writer: inout JSONWriter,
        _ properties: (inout JSONWriter) -> Void
    ) {
        writer.object { writer in
            writer.member("id", identifier(type, name))
            writer.member("type", "Feature")
            writer.member("feature_type", type)
            writer.key("geometry")
            if let area { GeoJSONArea.write(area, to: &writer) } else { writer.null() }
            writer.object("properties", properties)
        }
    }

    private func addresses() -> [UInt8] {
        collection([event]) { writer, event in
            feature("address", "", nil, to: &writer) { writer in
                writer.member("address", event.details.name)
                writer.member("locality", event.details.timeZone)
            }
        }
    }

    private func venues() -> [UInt8] {
        collection([event]) { writer, event in
            feature("venue", "", event.details.venue, to: &writer) { writer in
                writer.member("category", "conventioncenter")
                writeName(event.details.name, to: &writer)
                writer.member("address_id", identifier("address", ""))
            }
        }
    }

    private func writeBuilding(_ zone: Zone, to writer: inout JSONWriter) {
        feature("building", zone.code, nil, to: &writer) { writer in
            writer.member("category", "unspecified")
            writeName(zone.name, to: &writer)
            writer.member("address_id", identifier("address", ""))
            writeOwn(zone, to: &writer)
        }
    }

    private func writeFootprint(_ zone: Zone, to writer: inout JSONWriter) {
        feature("footprint", zone.code, zone.area, to: &writer) { writer in
            writer.member("category", "ground")
            writer.array("building_ids", of: [zone]) { $0.value(identifier("building", $1.code)) }
        }
    }

    private func levels() -> [UInt8] {
        let floors = Set(zones.filter { $0.kind != .building }.map { $0.floor ?? 0 }).sorted()
        return collection(floors) { writer, floor in
            feature("level", String(floor), event.details.venue, to: &writer) { writer in
                writer.member("category", "unspecified")
                writer.member("outdoor", false)
                writer.member("ordinal", floor)
                writeName(String(floor), to: &writer)
            }
        }
    }

    private func writePlace(_ zone: Zone, _ type: String, to writer: inout JSONWriter) {
        feature(type, zone.code, zone.area, to: &writer) { writer in
            if type == "unit" { writer.member("category", Self.category(zone.kind)) }
            writeName(zone.name, to: &writer)
            writer.member("level_id", identifier("level", String(zone.floor ?? 0)))
            writeOwn(zone, to: &writer)
        }
    }

    private func writeName(_ name: String, to writer: inout JSONWriter) {
        writer.object("name") { $0.member("en", name) }
    }

    private func writeOwn(_ zone: Zone, to writer: inout JSONWriter) {
        writer.member(IMDFProperties.code, zone.code)
        writer.member(IMDFProperties.kind, zone.kind.rawValue)
        if let floor = zone.floor { writer.member(IMDFProperties.floor, floor) }
        if let parent = zone.parent.flatMap({ codes[$0] }) { writer.member(IMDFProperties.parent, parent) }
    }

    private static func category(_ kind: Zone.Kind) -> String {
        switch kind {
        case .hall: "auditorium"
        case .room: "room"
        case .building, .booth, .other: "unspecified"
        }
    }

    /// A UUID for a feature, which depends on the event, the type and the code only.
    private func identifier(_ type: String, _ code: String) -> String {
        let digest = KeyedDigest(key: Array("\(event.id.rawValue)/\(type)".utf8))
        var digits = [digest("1\(code)"), digest("2\(code)")].map { word -> String in
            let text = String(UInt64(bitPattern: word), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        for place in [20, 16, 12, 8] { digits.insert("-", at: digits.index(digits.startIndex, offsetBy: place)) }
        return digits
    }
}
