import Geospatial
import Models
import Presence

/// Segments locations while they arrive, and keeps the segments only.
///
/// A record has 24 bytes, little-endian: time in microseconds since 1970 (64 bits), person, latitude and longitude in degrees × 10⁷
/// (32 bits each), accuracy in metres or 0 (16 bits), device or 0 (8 bits), marks (8 bits: 1 for a mock location, 2 for a heartbeat).
/// Records are ordered by person, device and chunk of the trail, so that the fixes of one chunk are in memory at a time: O(segments).
struct TrailCollector {
    /// Bytes per record.
    static let recordSize = 24

    private struct Place: Comparable {
        let key: TrailKey
        let chunk: Int64

        static func < (left: Place, right: Place) -> Bool {
            (left.key, left.chunk) < (right.key, right.chunk)
        }
    }

    private var trails = PresenceTrails()
    private var place: Place?
    private var fixes: [Fix] = []
    /// The beginning of a record whose end has not arrived.
    private var rest: [UInt8] = []
    private var count = 0

    /// Adds the next bytes of the input.
    ///
    /// - Throws: ``FinderError`` that names the record and the invalid field.
    mutating func add(_ bytes: [UInt8]) throws(FinderError) {
        let bytes = rest.isEmpty ? bytes : rest + bytes
        var start = 0
        while bytes.count - start >= Self.recordSize {
            try add(record: bytes.span.bytes.extracting(start..<start + Self.recordSize))
            start += Self.recordSize
        }
        rest = Array(bytes[start...])
    }

    /// The segments of all records.
    ///
    /// - Throws: ``FinderError`` if the last record is incomplete.
    mutating func finish() throws(FinderError) -> PresenceTrails {
        guard rest.isEmpty else {
            throw FinderError(
                code: .input,
                "Record \(count + 1): expected \(Self.recordSize) bytes, got \(rest.count)."
            )
        }
        segment()
        return trails
    }

    private mutating func add(record: RawSpan) throws(FinderError) {
        count += 1
        func value<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
            Value(littleEndian: record.unsafeLoadUnaligned(fromByteOffset: offset, as: type))
        }
        let time = value(at: 0, as: Int64.self)
        guard Timestamp.supported.contains(Timestamp(microseconds: time)) else { throw invalid("time") }
        guard let person = PersonID(rawValue: value(at: 8, as: Int32.self)) else { throw invalid("person") }
        let coordinate: Coordinate
        do {
            coordinate = try Coordinate(
                latitude: DegreesE7(rawValue: value(at: 12, as: Int32.self)),
                longitude: DegreesE7(rawValue: value(at: 16, as: Int32.self))
            )
        } catch {
            throw invalid(error == .latitudeOutOfRange ? "latitude" : "longitude")
        }
        let marks = value(at: 23, as: UInt8.self)
        guard marks < 4 else { throw invalid("marks") }
        let report = LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: Timestamp(microseconds: time),
            accuracy: Accuracy(wholeMetres: value(at: 20, as: UInt16.self)),
            isMock: marks & 1 != 0,
            isHeartbeat: marks & 2 != 0,
            device: DeviceNumber(stored: value(at: 22, as: UInt8.self))
        )
        let next = Place(
            key: TrailKey(person: person.rawValue, device: Int32(report.device.rawValue)),
            chunk: TrailChunk.number(of: time)
        )
        if let place, next != place {
            guard place < next else {
                throw FinderError(code: .input, "Record \(count): expected records ordered by person, device and time.")
            }
            segment()
        }
        place = next
        fixes.append(Fix(report))
    }

    private mutating func segment() {
        guard let place else { return }
        trails.replace(place.key, chunk: place.chunk, with: fixes)
        fixes.removeAll(keepingCapacity: true)
    }

    private func invalid(_ field: String) -> FinderError {
        FinderError(code: .input, "Record \(count): the \(field) is out of range.")
    }
}
