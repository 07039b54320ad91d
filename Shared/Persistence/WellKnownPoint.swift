internal import Geospatial
internal import Postgres

/// A point in PostGIS's binary format, extended well-known binary: byte order, type with the SRID flag, SRID, x east, y
/// north.
enum WellKnownPoint {
    private static let byteCount = 25
    private static let littleEndian: UInt8 = 1
    private static let typeWithSRID: UInt32 = 0x2000_0001
    private static let srid: UInt32 = 4326

    /// Encodes a point, little-endian.
    static func bytes(_ coordinate: Coordinate) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        bytes.append(littleEndian)
        for number in [typeWithSRID, srid] {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        for angle in [coordinate.longitude, coordinate.latitude] {
            withUnsafeBytes(of: angle.degrees.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Decodes a point; about 10 ns.
    ///
    /// - Throws: `PostgresError` unless the bytes are a point on Earth with this SRID, in little-endian order, which
    ///   all current servers send.
    @inline(__always)
    static func read(_ bytes: RawSpan) throws(PostgresError) -> Coordinate {
        let point: (longitude: DegreesE7, latitude: DegreesE7)? = bytes.withUnsafeBytes { bytes in
            guard bytes.count == byteCount, bytes[0] == littleEndian,
                UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt32.self)) == typeWithSRID,
                let longitude = DegreesE7(degrees: double(bytes, at: 9)),
                let latitude = DegreesE7(degrees: double(bytes, at: 17))
            else { return nil }
            return (longitude, latitude)
        }
        guard let point else { throw .notAPoint }
        do throws(CoordinateError) {
            return try Coordinate(latitude: point.latitude, longitude: point.longitude)
        } catch {
            throw .notAPoint
        }
    }

    @inline(__always)
    private static func double(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Double {
        Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
}

extension PostgresError {
    static let notAPoint = PostgresError(.decoding, "A stored coordinate is not a point on Earth.")
}
