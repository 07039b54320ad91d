import Geospatial
import LocationProtocol
import Models
import Simulation
import Testing

@Suite struct DecodedLocationTests {
    @Test(arguments: [
        // Field 100 as a varint, field 101 as text, field 15.
        "a00601", "aa06026869", "7801",
    ])
    func ignoresFieldsOfLaterVersions(later: String) throws {
        let plain = try decode(hexadecimal: GoldenRecord.complete)
        #expect(try decode(hexadecimal: GoldenRecord.complete + later).message == plain.message)
    }

    @Test(
        arguments: [
            // 0, −0, the smallest positive number, 4.2, 65,535 and 65,536 m, and the greatest finite number.
            ("00000000", 1), ("00000080", 1), ("01000000", 1), ("66668640", 5), ("00ff7f47", 65_535),
            ("00008047", 65_535), ("ffff7f7f", 65_535),
            // Invalid accuracies: −1, −0.5, both infinities, and three values that are not a number.
            ("000080bf", nil), ("000000bf", nil), ("0000807f", nil), ("000080ff", nil), ("0000c07f", nil),
            ("0000c0ff", nil), ("0100807f", nil),
        ] as [(String, UInt16?)]
    )
    func readsValidAccuracies(float: String, metres: UInt16?) throws {
        let decoded = try decode(hexadecimal: GoldenRecord.complete + "35" + float)
        #expect(decoded.message.report.accuracy?.metres == metres)
        // The rest of the record is valid.
        let plain = try decode(hexadecimal: GoldenRecord.complete).message
        #expect(decoded.message.report.coordinate == plain.report.coordinate)
        #expect(decoded.message.report.creationTime == plain.report.creationTime)
        #expect(decoded.message.receivedAt == plain.receivedAt)
    }

    @Test func readsTheLastOfARepeatedField() throws {
        let decoded = try decode(hexadecimal: GoldenRecord.complete + "0807")
        #expect(decoded.message.report.personID.rawValue == 7)
    }

    @Test func readsFieldsInAnyOrder() throws {
        // Time, longitude, latitude, person.
        let decoded = try decode(hexadecimal: "210100000000000000" + "1d02000000" + "1503000000" + "0804")
        #expect(decoded.message.report.personID.rawValue == 4)
        #expect(decoded.message.report.coordinate.latitude.rawValue == 3)
        #expect(decoded.message.report.coordinate.longitude.rawValue == 2)
        #expect(decoded.message.report.creationTime.microseconds == 1)
    }

    @Test(
        arguments: [
            ("", .empty),
            ("ff", .malformedRecord),
            ("0801ff", .malformedRecord),
            // A record with only the time of receipt.
            ("290100000000000000", .missingTime),
            // Persons 0, −1, 2³¹ and 2³² + 1, which decoders that truncate to 32 bits read as person 1.
            ("0800210100000000000000", .invalidPerson),
            ("08ffffffffffffffffff01210100000000000000", .invalidPerson),
            ("088080808008210100000000000000", .invalidPerson),
            ("088180808010210100000000000000", .invalidPerson),
            // A varint of eleven bytes.
            ("08ffffffffffffffffffff01210100000000000000", .malformedRecord),
            // Latitude 90.0000001, longitude −180.0000001.
            ("08011501e9a435210100000000000000", .invalidLatitude),
            ("08011dff2db694210100000000000000", .invalidLongitude),
            // A microsecond before 1970, and the year 10000.
            ("080121ffffffffffffffff", .invalidTime),
            ("080121006073cc0c448403", .invalidTime),
            // A length beyond the end.
            (GoldenRecord.complete + "aa06ffffffff0f", .malformedRecord),
        ] as [(String, DeadLetterReason)]
    )
    func rejectsMalformedRecordsWithTheReason(hexadecimal: String, code: DeadLetterReason) {
        #expect(throws: LocationMessageError(code)) { try decode(hexadecimal: hexadecimal) }
    }

    @Test func rejectsTruncatedRecords() throws {
        let bytes = try bytes(hexadecimal: GoldenRecord.complete)
        // The time of receipt, 9 bytes, is the last field and optional.
        for length in 0..<bytes.count - 9 {
            #expect(throws: LocationMessageError.self, "\(length) bytes") { try decode(Array(bytes[..<length])) }
        }
    }

    @Test func rejectsLongMessages() {
        let spaces = [UInt8](repeating: 0x20, count: DecodedLocation.maximumBytes + 1)
        #expect(throws: LocationMessageError(.tooLong)) { try decode(spaces) }
        #expect(throws: LocationMessageError(.malformedJSON)) { try decode(spaces.dropLast()) }
    }

    @Test func survivesAnyBytes() throws {
        var generator = Xoshiro256(seed: 93)
        let seeds = [
            try bytes(hexadecimal: GoldenRecord.accurate),
            Array(#"{"person_id":"1","latitude":-122.2,"longitude":37.5,"creation_time":"2020-08-15T10:37:06"}"#.utf8),
            [UInt8](repeating: 0, count: 40),
        ]
        var taken = 0
        for round in 0..<30_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...(round % seeds.count == 2 ? 40 : 3), using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.insert(.random(in: 0...255, using: &generator), at: index)
                case 1 where bytes.count > 4: bytes.removeSubrange(index..<min(bytes.count, index + 3))
                default: bytes[index] = .random(in: 0...255, using: &generator)
                }
            }
            guard let decoded = try? decode(bytes) else { continue }
            // Every decoded message is valid and can be encoded again.
            taken += 1
            #expect(try decode(decoded.message.encoded).message.report == decoded.message.report)
        }
        #expect(taken > 0)
    }

    @Test func describesEachReasonDifferently() {
        let sentences = Set(DeadLetterReason.allCases.map { LocationMessageError($0).description })
        #expect(sentences.count == DeadLetterReason.allCases.count)
    }
}
