import Geospatial
import LocationProtocol
import Models
import Testing

@testable import LocationQueue

/// 2026-05-04T10:00:00Z.
let noon = Timestamp(microseconds: 1_777_888_800_000_000)

/// A message in a block after some other bytes.
func message(_ offset: Int64, _ bytes: [UInt8]) -> QueuedMessage {
    let before: [UInt8] = [0xAA, 0xBB, UInt8(truncatingIfNeeded: offset)]
    return QueuedMessage(
        offset: offset,
        appendedAt: noon,
        storage: before + bytes + [0xCC],
        range: before.count..<before.count + bytes.count
    )
}

/// A message of a person's location at a second after ``noon``.
func record(_ offset: Int64, person: Int32 = 1, latitude: Int32 = 525_163_000) throws -> QueuedMessage {
    let coordinate = try Coordinate(
        latitude: DegreesE7(rawValue: latitude),
        longitude: DegreesE7(rawValue: 133_777_000)
    )
    let report = LocationReport(
        personID: try #require(PersonID(rawValue: person)),
        coordinate: coordinate,
        creationTime: Timestamp(microseconds: noon.microseconds + offset * 1_000_000)
    )
    var bytes: [UInt8] = []
    LocationMessage(report: report, receivedAt: noon).encode(into: &bytes)
    return message(offset, bytes)
}

/// A message of text.
func line(_ offset: Int64, _ text: String) -> QueuedMessage {
    message(offset, Array(text.utf8))
}
