import Geospatial
import LocationProtocol
import Models
import TestSupport
import Testing

/// The messages of every release in `Golden`: topics and logs may still have them.
@Suite struct GoldenTests {
    private static func all() throws -> [GoldenFile] {
        try GoldenFile.all(in: "LocationProtocolTests/Golden")
    }

    @Test func hasEveryRelease() throws {
        let names = try Self.all().map(\.name)
        #expect(
            Set(names).isSuperset(of: [
                "legacy-line", "legacy-line-strings", "record-1", "record-1-accuracy",
                "record-1-all-fields", "record-1-device", "record-1-heartbeat", "record-1-telemetry",
                "record-1-zeros",
            ])
        )
    }

    @Test(arguments: try all())
    func decodesEachGoldenMessage(golden: GoldenFile) throws {
        let decoded = try decode(try Self.bytes(of: golden))
        #expect(decoded.message == (try Self.meaning(of: golden)))
        #expect(decoded.form.rawValue == golden["form"])
        #expect(decoded.wereAxesExchanged == (golden["axes"] == "exchanged"))
    }

    @Test(arguments: try all().filter { $0["written"] == "today" })
    func encodesCurrentGoldenMessages(golden: GoldenFile) throws {
        #expect(try Self.meaning(of: golden).encoded == Self.bytes(of: golden))
    }

    private static func bytes(of golden: GoldenFile) throws -> [UInt8] {
        if let text = golden["text"] { return Array(text.utf8) }
        return try GoldenFile.bytes(hexadecimal: try golden.value("bytes"))
    }

    private static func meaning(of golden: GoldenFile) throws -> LocationMessage {
        try message(
            person: try golden.integer("person_id"),
            latitude: try golden.integer("latitude_e7"),
            longitude: try golden.integer("longitude_e7"),
            time: try golden.integer("time_us"),
            receivedAt: golden["received_at_us"] == nil ? nil : try golden.integer("received_at_us"),
            accuracy: golden["accuracy_m"] == nil ? nil : try golden.integer("accuracy_m"),
            isMock: golden["mock"] == "yes",
            isHeartbeat: golden["heartbeat"] == "yes",
            telemetry: Telemetry(
                altitude: golden["altitude_m"].flatMap(Double.init),
                speed: golden["speed_mps"].flatMap(Double.init),
                course: golden["course_deg"].flatMap(Double.init),
                battery: golden["battery_percent"].flatMap(Double.init)
            ),
            device: golden["device"] == nil ? 0 : try golden.integer("device")
        )
    }
}
