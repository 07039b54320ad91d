internal import Geospatial
package import Models
package import Postgres

/// A multipolygon in PostGIS's binary format, extended well-known binary.
///
/// Byte order, type with the SRID flag, SRID, the number of polygons; for each polygon byte order, type, the number of rings; for
/// each ring the number of points and their x east and y north.
enum WellKnownArea {
    fileprivate static let littleEndian: UInt8 = 1
    fileprivate static let multiPolygonWithSRID: UInt32 = 0x2000_0006
    fileprivate static let polygon: UInt32 = 3
    fileprivate static let srid: UInt32 = 4326

    /// Encodes an area, little-endian.
    static func bytes(_ area: ZoneArea) -> [UInt8] {
        var bytes: [UInt8] = [littleEndian]
        bytes.append(little: multiPolygonWithSRID)
        bytes.append(little: srid)
        bytes.append(little: UInt32(area.polygons.count))
        for rings in area.polygons {
            bytes.append(littleEndian)
            bytes.append(little: polygon)
            bytes.append(little: UInt32(rings.count))
            for ring in rings {
                bytes.append(little: UInt32(ring.count))
                for coordinate in ring {
                    bytes.append(little: coordinate.longitude.degrees.bitPattern)
                    bytes.append(little: coordinate.latitude.degrees.bitPattern)
                }
            }
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(little value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

extension ZoneArea: PostgresDecodable {
    /// Reads a `geometry`, in little-endian order, which all current servers send.
    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type.isUserDefined else { throw .typeMismatch }
        var reader = AreaReader(offset: 0)
        self.init(try reader.area(in: bytes))
    }
}

private struct AreaReader {
    var offset: Int

    mutating func area(in bytes: RawSpan) throws(PostgresDecodingFailure) -> [ZoneArea.Polygon] {
        try expectOrder(in: bytes)
        guard try next(UInt32.self, in: bytes) == WellKnownArea.multiPolygonWithSRID,
            try next(UInt32.self, in: bytes) == WellKnownArea.srid
        else { throw .invalidValue }
        var polygons: [ZoneArea.Polygon] = []
        for _ in 0..<(try next(UInt32.self, in: bytes)) {
            try expectOrder(in: bytes)
            guard try next(UInt32.self, in: bytes) == WellKnownArea.polygon else { throw .invalidValue }
            var rings: ZoneArea.Polygon = []
            for _ in 0..<(try next(UInt32.self, in: bytes)) { rings.append(try ring(in: bytes)) }
            polygons.append(rings)
        }
        guard offset == bytes.byteCount else { throw .invalidValue }
        return polygons
    }

    private mutating func ring(in bytes: RawSpan) throws(PostgresDecodingFailure) -> [Coordinate] {
        var ring: [Coordinate] = []
        for _ in 0..<(try next(UInt32.self, in: bytes)) {
            guard let longitude = DegreesE7(degrees: Double(bitPattern: try next(UInt64.self, in: bytes))),
                let latitude = DegreesE7(degrees: Double(bitPattern: try next(UInt64.self, in: bytes))),
                let coordinate = try? Coordinate(latitude: latitude, longitude: longitude)
            else { throw .invalidValue }
            ring.append(coordinate)
        }
        return ring
    }

    private mutating func expectOrder(in bytes: RawSpan) throws(PostgresDecodingFailure) {
        guard try next(UInt8.self, in: bytes) == WellKnownArea.littleEndian else { throw .invalidValue }
    }

    private mutating func next<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type,
        in bytes: RawSpan
    ) throws(PostgresDecodingFailure) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard offset + size <= bytes.byteCount else { throw .invalidValue }
        defer { offset += size }
        return Integer(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}
