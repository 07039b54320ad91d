import Geospatial

/// A point in PostGIS's hexadecimal form, as the legacy dump holds it.
///
/// Source: OGC 06-103r4 §8.2 (well-known binary), and PostGIS's extension that puts flags and the SRID before the numbers.
struct WellKnownBinaryPoint: Equatable {
    let x: Double
    let y: Double

    /// Reads a point; `nil` if the text is anything else: another geometry, more than two dimensions, or empty.
    init?(hexadecimal text: some Collection<UInt8>) {
        guard var bytes = Self.bytes(hexadecimal: text)?[...], let order = bytes.popFirst(), order <= 1 else {
            return nil
        }
        func number<Integer: FixedWidthInteger>(_ type: Integer.Type) -> Integer? {
            let size = Integer.bitWidth / 8
            guard bytes.count >= size else { return nil }
            let digits = bytes.prefix(size)
            bytes.removeFirst(size)
            let ordered = order == 1 ? Array(digits.reversed()) : Array(digits)
            return ordered.reduce(0) { $0 << 8 | Integer($1) }
        }
        let hasSRID: UInt32 = 0x2000_0000
        guard let type = number(UInt32.self), type & ~hasSRID == 1 else { return nil }
        if type & hasSRID != 0 {
            guard number(UInt32.self) != nil else { return nil }
        }
        guard let x = number(UInt64.self), let y = number(UInt64.self), bytes.isEmpty else { return nil }
        self.x = Double(bitPattern: x)
        self.y = Double(bitPattern: y)
        guard self.x.isFinite, self.y.isFinite else { return nil }
    }

    /// Where the legacy system means it to be.
    ///
    /// It stores the latitude as x, except in rows whose author confused the two, which is seen if x is no latitude.
    ///
    /// - Throws: ``CoordinateError`` if it is no point on Earth in either order.
    func legacyCoordinate() throws(CoordinateError) -> (coordinate: Coordinate, wereExchanged: Bool) {
        guard let latitude = DegreesE7(degrees: x) else { throw .latitudeOutOfRange }
        guard let longitude = DegreesE7(degrees: y) else { throw .longitudeOutOfRange }
        return try Coordinate.normalizingAxes(latitude: latitude, longitude: longitude)
    }

    private static func bytes(hexadecimal text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count <= 64, text.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let digit = Character(Unicode.Scalar(character)).hexDigitValue else { return nil }
            if let first = high {
                bytes.append(first << 4 | UInt8(digit))
                high = nil
            } else {
                high = UInt8(digit)
            }
        }
        return bytes
    }
}
