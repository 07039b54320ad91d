import Credentials
import JSON
import Models
import Persistence

/// Reads and writes plans as GeoJSON FeatureCollections, one feature a zone.
struct GeoJSONPlan {
    private static let floors = -100...300
    /// The maximum number of transmitters of a zone.
    private static let maximumTransmitters = 64

    /// Turns identifiers of transmitters into hints; `nil` if the deployment has no secret for them.
    let digest: HintDigest?

    /// Reads a plan.
    ///
    /// - Throws: `JSONError` if the text is not JSON of this form; `errors` receives problems of the content.
    func read(_ bytes: [UInt8], _ errors: inout ContentErrors) throws(JSONError) -> PlanDocument {
        var corners = 0
        let features = try GeoJSONFeature.collection(
            in: bytes,
            upTo: EventStore.maximumZones,
            requiresAreas: true,
            corners: &corners,
            &errors
        )
        var plan = PlanDocument()
        for feature in features {
            if let zone = zone(feature, &errors) { plan.zones.append(zone) }
        }
        return plan
    }

    private func zone(_ feature: GeoJSONFeature, _ errors: inout ContentErrors) -> PlannedZone? {
        let properties = feature.properties
        let pointer = "\(feature.pointer)/properties"
        guard let code = properties["code"]?.text ?? feature.id else {
            errors.add("\(pointer)/code", "Expected a code that is unique in the plan, or an id of the feature.")
            return nil
        }
        let kind = properties["kind"].flatMap { $0 == .null ? nil : $0 }
        let known = kind.map { $0.text.flatMap(Zone.Kind.init) } ?? .other
        if known == nil {
            errors.add("\(pointer)/kind", "Expected building, hall, room, booth or other.")
        }
        var floor: Int16?
        switch properties["floor"] {
        case .integer(let number) where Self.floors.contains(number): floor = Int16(number)
        case nil, .null: break
        default: errors.add("\(pointer)/floor", "Expected an integer from -100 to 300, or null.")
        }
        let hints = hints(properties, pointer, &errors)
        guard let area = feature.area, let known else { return nil }
        return PlannedZone(
            details: ZoneDetails(
                code: code,
                name: properties["name"]?.text ?? code,
                kind: known,
                floor: floor,
                parent: properties["parent"]?.text,
                area: area,
                hints: hints
            ),
            pointer: feature.pointer
        )
    }

    /// The hints of the members `beacons`, `wifi` and `regions`; `nil` if the feature has none of them.
    private func hints(
        _ properties: [String: FeatureProperty],
        _ pointer: String,
        _ errors: inout ContentErrors
    ) -> [ZoneHint]? {
        let members: [(name: String, expected: String, read: (String) -> NoticedTransmitter?)] = [
            ("beacons", "iBeacons as UUID/major/minor", Self.beacon),
            (
                "wifi", "hardware addresses of access points such as 0a:1b:2c:3d:4e:5f",
                { NoticedTransmitter(bssid: $0) }
            ),
            ("regions", "identifiers of 1 to 128 bytes", { NoticedTransmitter(region: $0) }),
        ]
        var transmitters: [NoticedTransmitter]?
        for member in members {
            guard let value = properties[member.name], value != .null else { continue }
            guard case .texts(let texts) = value, texts.count <= Self.maximumTransmitters else {
                errors.add(
                    "\(pointer)/\(member.name)",
                    "Expected an array of at most \(Self.maximumTransmitters) \(member.expected)."
                )
                continue
            }
            for (index, text) in texts.enumerated() {
                if let transmitter = member.read(text) {
                    transmitters = (transmitters ?? []) + [transmitter]
                } else {
                    errors.add("\(pointer)/\(member.name)/\(index)", "Expected \(member.expected).")
                }
            }
            transmitters = transmitters ?? []
        }
        guard let transmitters else { return nil }
        guard let digest else {
            if !transmitters.isEmpty {
                errors.add(pointer, "Expected no transmitters: person-service runs without HINT_SECRET.")
            }
            return []
        }
        return transmitters.map { digest($0) }
    }

    private static func beacon(_ text: String) -> NoticedTransmitter? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let major = Int(parts[1]), let minor = Int(parts[2]) else { return nil }
        return NoticedTransmitter(uuid: String(parts[0]), major: major, minor: minor)
    }

    /// Writes a plan.
    ///
    /// The identifiers of transmitters are not known any more; `hints` is their number.
    static func write(_ zones: [Zone], to writer: inout JSONWriter) {
        let codes = Dictionary(zones.map { ($0.id, $0.code) }, uniquingKeysWith: { first, _ in first })
        writer.object { writer in
            writer.member("type", "FeatureCollection")
            writer.array("features", of: zones) { writer, zone in
                writer.object { writer in
                    writer.member("type", "Feature")
                    writer.member("id", zone.id.rawValue)
                    writer.key("geometry")
                    GeoJSONArea.write(zone.area, to: &writer)
                    writer.object("properties") { writer in
                        writer.member("code", zone.code)
                        writer.member("name", zone.name)
                        writer.member("kind", zone.kind.rawValue)
                        if let floor = zone.floor { writer.member("floor", floor) }
                        if let parent = zone.parent.flatMap({ codes[$0] }) { writer.member("parent", parent) }
                        writer.member("hints", zone.hints.count)
                    }
                }
            }
        }
    }
}
