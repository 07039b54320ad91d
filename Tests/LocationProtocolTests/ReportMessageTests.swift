import Models
import Testing

@testable import LocationProtocol

/// Requests with many locations over gRPC.
@Suite struct ReportMessageTests {
    /// A location with all fields on the wire: person 7 and zeros.
    private static let full: [UInt8] = {
        var bytes: [UInt8] = [1 << 3, 7]
        for field: UInt8 in 2...4 { bytes += [field << 3 | 1] + [UInt8](repeating: 0, count: 8) }
        for field: UInt8 in 5...9 { bytes += [field << 3 | 5] + [UInt8](repeating: 0, count: 4) }
        return bytes + [10 << 3, 1]
    }()

    private static func read(_ form: ReportMessage.Form, _ bytes: [UInt8]) throws -> ReportMessage {
        try bytes.withUnsafeBytes { try ReportMessage(form, $0) }
    }

    @Test(arguments: [(ReportMessage.Form.batch, UInt8(1)), (.stream, 2)])
    func readsTheMaximumNumberOfLocations(form: ReportMessage.Form, field: UInt8) throws {
        // Skips a field that this version does not know.
        let location = Self.full + [15 << 3 | 2, 3, 1, 2, 3]
        let message = [field << 3 | 2, UInt8(location.count)] + location
        let locations = try Self.read(form, (0..<10_000).flatMap { _ in message }).locations
        #expect(locations.count == 10_000)
        #expect(locations.allSatisfy { $0.personID == 7 && $0.telemetry.battery == 0 && $0.isMock })
    }

    /// Two bytes on the wire are more than a hundred in memory.
    @Test(arguments: [(ReportMessage.Form.batch, UInt8(1)), (.stream, 2)])
    func boundsTheUnpackedSize(form: ReportMessage.Form, field: UInt8) throws {
        let empty = (0..<(2 << 20)).flatMap { _ in [field << 3 | 2, UInt8(0)] }
        #expect(throws: ReportMessage.Failure.tooLarge) { try Self.read(form, empty) }
    }

    @Test(arguments: [ReportMessage.Form.one, .batch, .stream])
    func rejectsMalformedMessages(form: ReportMessage.Form) throws {
        for bytes: [UInt8] in [[0xFF], [1 << 3 | 2, 200, 1], [1 << 3 | 2, 2, 8], [3]] {
            #expect(throws: ReportMessage.Failure.malformed) { try Self.read(form, bytes) }
        }
    }
}
