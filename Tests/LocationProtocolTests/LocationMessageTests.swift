import Geospatial
import LocationProtocol
import Models
import Simulation
import Testing

@Suite struct LocationMessageTests {
    @Test func roundTripsTelemetry() throws {
        for speed: Int16 in 0...30_000 {
            var telemetry = Telemetry()
            telemetry[stored: .speed] = speed
            telemetry[stored: .altitude] = speed - 12_000
            telemetry[stored: .course] = speed % 360
            telemetry[stored: .battery] = speed % 101
            let sent = try message(person: 1, latitude: 0, longitude: 0, time: 0, receivedAt: nil, telemetry: telemetry)
            #expect(try decode(sent.encoded).message == sent)
            #expect(sent.encoded.count <= LocationMessage.maximumEncodedBytes)
        }
    }

    /// Zero is a known value; an altitude that is not a number, or above all mountains, is unknown.
    @Test(
        arguments: [
            ("3d00000000", 0), ("3d0000c07f", nil), ("3d00007a45", 4_000), ("3d0050c347", nil),
        ] as [(String, Double?)]
    )
    func treatsInvalidTelemetryAsUnknown(field: String, altitude: Double?) throws {
        let decoded = try decode(hexadecimal: GoldenRecord.complete + field)
        #expect(decoded.message.report.telemetry[.altitude] == altitude)
        #expect(decoded.message.report.telemetry[.speed] == nil)
    }

    @Test func omitsZerosAndReadsThemBack() throws {
        let message = try message(person: 1, latitude: 0, longitude: 0, time: 0, receivedAt: nil)
        // Person and time are written; an angle of zero and an unknown time of receipt are not.
        #expect(message.hexadecimal == "0801" + "210000000000000000")
        #expect(try decode(hexadecimal: message.hexadecimal).message == message)
    }

    @Test(
        arguments: [
            (1, -900_000_000, -1_800_000_000, 0, nil, nil),
            (2_147_483_647, 900_000_000, 1_800_000_000, 253_402_300_799_999_999, 1, 65_535),
            (127, 1, -1, 1, .max, 1),
            (128, -1, 1, 999_999, .min, 256),
        ] as [(Int, Int32, Int32, Int64, Int64?, Int?)]
    )
    func roundTripsTheEdges(
        person: Int,
        latitude: Int32,
        longitude: Int32,
        time: Int64,
        receivedAt: Int64?,
        accuracy: Int?
    ) throws {
        let message = try message(
            person: person,
            latitude: latitude,
            longitude: longitude,
            time: time,
            receivedAt: receivedAt,
            accuracy: accuracy
        )
        #expect(message.encoded.count <= LocationMessage.maximumEncodedBytes)
        let decoded = try decode(message.encoded)
        #expect(decoded.message == message)
        #expect(decoded.form == .protobuf)
        #expect(!decoded.wereAxesExchanged)
    }

    @Test func roundTripsRandomMessages() throws {
        var generator = Xoshiro256(seed: 71)
        for _ in 0..<5_000 {
            let message = try message(
                person: Int.random(in: 1...Int(Int32.max) >> Int.random(in: 0..<30), using: &generator),
                latitude: Int32.random(in: -900_000_000...900_000_000, using: &generator),
                longitude: Int32.random(in: -1_800_000_000...1_800_000_000, using: &generator),
                time: Int64.random(in: 0...253_402_300_799_999_999, using: &generator),
                receivedAt: Bool.random(using: &generator) ? nil : Int64.random(in: 1...Int64.max, using: &generator),
                accuracy: Bool.random(using: &generator) ? nil : Int.random(in: 1...65_535, using: &generator)
            )
            #expect(try decode(message.encoded).message == message, "\(message.hexadecimal)")
        }
    }

    @Test func appendsToExistingBytes() throws {
        let message = try message(person: 5, latitude: 1, longitude: 2, time: 3, receivedAt: nil)
        var bytes: [UInt8] = [0xFF]
        message.encode(into: &bytes)
        message.encode(into: &bytes)
        #expect(bytes == [0xFF] + message.encoded + message.encoded)
    }

    @Test func neverBeginsLikeJSON() throws {
        for person in [1, 9, 10, 13, 32, 123, 2_147_483_647] {
            let message = try message(person: person, latitude: 0, longitude: 0, time: 0, receivedAt: nil)
            #expect(message.encoded.first == 0x08)
        }
        // Nor does any order of the fields: a tag is the field's number × 8 + its wire type; these are all tags.
        let wireTypes = [(1, 0), (2, 5), (3, 5), (4, 1), (5, 1), (6, 5), (7, 5), (8, 5), (9, 5), (10, 5), (11, 0)]
        let tags = wireTypes.map { number, wireType in number << 3 | wireType }
        #expect(Set(tags).isDisjoint(with: [0x09, 0x0A, 0x0D, 0x20, 0x7B]))
    }
}
