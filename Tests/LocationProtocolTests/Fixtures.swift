import Geospatial
import LocationProtocol
import Models
import Testing

/// Records in hexadecimal.
enum GoldenRecord {
    /// Person 300 at 37.55, −122.29 at 2020-08-15T10:37:06, received 1.5 s later.
    static let complete = "08ac02" + "15e0ac6116" + "1de0061cb7" + "2180d8661ee8ac0500" + "29e0bb7d1ee8ac0500"
    /// The same with an accuracy of 12 m.
    static let accurate = complete + "3500004041"
}

/// The time at which the queue accepted the messages of these tests.
let appendedAt = Timestamp(microseconds: 1_700_000_000_123_456)

func message(
    person: Int,
    latitude: Int32,
    longitude: Int32,
    time: Int64,
    receivedAt: Int64?,
    accuracy: Int? = nil,
    isMock: Bool = false,
    isHeartbeat: Bool = false,
    telemetry: Telemetry = Telemetry(),
    device: UInt8 = 0
) throws -> LocationMessage {
    LocationMessage(
        report: LocationReport(
            personID: try #require(PersonID(rawValue: person)),
            coordinate: try Coordinate(
                latitude: DegreesE7(rawValue: latitude),
                longitude: DegreesE7(rawValue: longitude)
            ),
            creationTime: Timestamp(microseconds: time),
            accuracy: try accuracy.map { try #require(Accuracy(wholeMetres: $0)) },
            isMock: isMock,
            isHeartbeat: isHeartbeat,
            telemetry: telemetry,
            device: DeviceNumber(stored: device)
        ),
        receivedAt: receivedAt.map(Timestamp.init(microseconds:))
    )
}

extension LocationMessage {
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        encode(into: &bytes)
        return bytes
    }

    var hexadecimal: String {
        encoded.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

func decode(_ bytes: [UInt8]) throws -> DecodedLocation {
    try bytes.withUnsafeBytes { bytes in try DecodedLocation(bytes, appendedAt: appendedAt) }
}

func decode(line: String) throws -> DecodedLocation {
    try decode(Array(line.utf8))
}

func decode(hexadecimal: String) throws -> DecodedLocation {
    try decode(try bytes(hexadecimal: hexadecimal))
}

func bytes(hexadecimal: String) throws -> [UInt8] {
    let digits = try hexadecimal.map { try #require($0.hexDigitValue) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
