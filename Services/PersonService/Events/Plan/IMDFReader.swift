import Archive
import HTTPServer
import JSON
import Models
import Persistence

/// Reads plans in Apple's Indoor Mapping Data Format: a ZIP archive of GeoJSON files, one for each type of feature.
///
/// | IMDF | zone |
/// |---|---|
/// | footprint of a building | building |
/// | unit, by its category | hall or room; walls, stairs and the like are skipped |
/// | section | hall |
/// | kiosk | booth |
/// | level | its `ordinal` becomes the floor of units, sections and kiosks |
///
/// A unit without a name has that of its occupant. Features without a name are skipped.
struct IMDFReader {
    /// The maximum number of files and of their bytes after decompression.
    private static let (maximumFiles, maximumBytes) = (64, 64 << 20)
    private static let maximumFeatures = 4 * EventStore.maximumZones

    private var files: [String: [GeoJSONFeature]] = [:]
    private var plan = PlanDocument()

    /// Reads an archive.
    ///
    /// - Throws: a 422 problem, or `JSONError` if a file is not JSON of this form.
    static func read(_ archive: [UInt8], _ errors: inout ContentErrors) throws -> PlanDocument {
        var reader = try IMDFReader(archive, &errors)
        reader.addZones()
        return reader.plan
    }

    private init(_ archive: [UInt8], _ errors: inout ContentErrors) throws {
        var corners = 0
        var hasManifest = false
        for file in try Self.unpack(archive) {
            let name = file.path.split(separator: "/").last.map(String.init) ?? ""
            hasManifest = hasManifest || name == "manifest.json"
            guard name.hasSuffix(".geojson") else { continue }
            let type = String(name.dropLast(".geojson".count))
            let types: Set = ["building", "footprint", "level", "unit", "section", "kiosk", "occupant", "anchor"]
            guard types.contains(type) else { continue }
            files[type] = try GeoJSONFeature.collection(
                in: file.bytes,
                prefix: "/\(name)",
                upTo: Self.maximumFeatures,
                requiresAreas: ["footprint", "unit", "section", "kiosk"].contains(type),
                corners: &corners,
                &errors
            )
        }
        if !hasManifest { errors.add("/manifest.json", "Expected an IMDF archive, which has a manifest.json.") }
    }

    private static func unpack(_ archive: [UInt8]) throws(Problem) -> [ArchivedFile] {
        do throws(ArchiveError) {
            return try ZipArchive.files(in: archive, maximumFiles: maximumFiles, maximumBytes: maximumBytes)
        } catch {
            let detail =
                switch error {
                case .malformed: "The body is not a ZIP archive, or is damaged."
                case .tooManyFiles: "The archive has more than \(maximumFiles) files."
                case .tooLarge: "The files of the archive have more than \(maximumBytes) bytes."
                case .outOfMemory: "The server has too little memory for the archive."
                }
            throw Problem(.unprocessableContent, detail)
        }
    }

    private mutating func addZones() {
        let buildings = byID("building")
        let levels = byID("level")
        let occupants = occupantNames()
        var footprints: [String: String] = [:]
        for footprint in files["footprint"] ?? [] {
            guard case .texts(let ids)? = footprint.properties["building_ids"], let building = ids.first,
                footprints[building] == nil, let feature = buildings[building]
            else {
                plan.skipped += 1
                continue
            }
            let added = add(footprint, .building, named: Self.name(of: feature), identity: feature)
            if let added { footprints[building] = added }
        }
        for (type, kind) in [("unit", nil), ("section", .hall), ("kiosk", .booth)] as [(String, Zone.Kind?)] {
            for feature in files[type] ?? [] {
                let level = feature.properties["level_id"]?.text.flatMap { levels[$0] }
                let kind = kind ?? Self.kind(ofUnit: feature.properties["category"]?.text ?? "")
                let name = Self.name(of: feature) ?? feature.id.flatMap { occupants[$0] }
                var parent: String?
                if case .texts(let ids)? = level?.properties["building_ids"] {
                    parent = ids.lazy.compactMap { footprints[$0] }.first
                }
                add(feature, kind, named: name, level: level, parent: parent, identity: feature)
            }
        }
    }

    /// Adds the zone of a feature; returns its code.
    @discardableResult
    private mutating func add(
        _ feature: GeoJSONFeature,
        _ kind: Zone.Kind?,
        named name: String?,
        level: GeoJSONFeature? = nil,
        parent: String? = nil,
        identity: GeoJSONFeature
    ) -> String? {
        let own = IMDFProperties(identity.properties)
        guard let kind = own.kind ?? kind, let name, let code = own.code ?? identity.id, let area = feature.area else {
            plan.skipped += 1
            return nil
        }
        var floor = own.floor
        if own.code == nil, case .integer(let ordinal)? = level?.properties["ordinal"] {
            floor = Int16(clamping: ordinal)
        }
        plan.zones.append(
            PlannedZone(
                details: ZoneDetails(
                    code: code,
                    name: name,
                    kind: kind,
                    floor: floor,
                    parent: own.code == nil ? parent : own.parent,
                    area: area
                ),
                pointer: feature.pointer
            )
        )
        return code
    }

    private func byID(_ type: String) -> [String: GeoJSONFeature] {
        Dictionary(
            (files[type] ?? []).compactMap { feature in feature.id.map { ($0, feature) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The names of the occupants of units, which are linked through anchors.
    private func occupantNames() -> [String: String] {
        let anchors = byID("anchor")
        var names: [String: String] = [:]
        for occupant in files["occupant"] ?? [] {
            guard let name = Self.name(of: occupant),
                let anchor = occupant.properties["anchor_id"]?.text.flatMap({ anchors[$0] }),
                let unit = anchor.properties["unit_id"]?.text, names[unit] == nil
            else { continue }
            names[unit] = name
        }
        return names
    }

    private static func name(of feature: GeoJSONFeature) -> String? {
        feature.properties["name"]?.text ?? feature.properties["alt_name"]?.text
    }

    /// The use of a unit; `nil` for structures and ways, in which nothing takes place.
    private static func kind(ofUnit category: String) -> Zone.Kind? {
        switch category {
        case "auditorium", "fieldofplay", "lobby", "movietheater", "theater": .hall
        case "brick", "column", "concrete", "drywall", "elevator", "escalator", "footbridge", "glass", "movingwalkway",
            "opentobelow", "ramp", "road", "stairs", "steps", "structure", "vegetation", "wood":
            nil
        default: .room
        }
    }
}

/// Our own properties of features, which make a plan that is written and read again the same.
struct IMDFProperties {
    static let (code, kind, floor, parent) = (
        "udaconnect_code", "udaconnect_kind", "udaconnect_floor", "udaconnect_parent"
    )

    let code: String?
    let kind: Zone.Kind?
    let floor: Int16?
    let parent: String?

    init(_ properties: [String: FeatureProperty]) {
        code = properties[Self.code]?.text
        kind = properties[Self.kind]?.text.flatMap(Zone.Kind.init)
        if case .integer(let number)? = properties[Self.floor] { floor = Int16(clamping: number) } else { floor = nil }
        parent = properties[Self.parent]?.text
    }
}
