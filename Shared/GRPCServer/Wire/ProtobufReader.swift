/// Reads the fields of a message in the encoding of Protocol Buffers.
///
/// It serves the few messages of this module itself. For any bytes, it returns or throws.
struct ProtobufReader {
    /// A field's value.
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        /// Text, bytes, or a message.
        case data(ArraySlice<UInt8>)

        /// The text; `nil` if it is not text.
        var text: String? {
            guard case .data(let bytes) = self else { return nil }
            return String(validating: bytes, as: UTF8.self)
        }
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field with its number; `nil` at the end.
    ///
    /// - Throws: ``WireError`` if the bytes are malformed.
    mutating func next() throws(WireError) -> (field: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard let field = Int(exactly: tag >> 3), field > 0, field < 1 << 29 else { throw WireError() }
        switch tag & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try fixed(UInt64.self)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw WireError() }
            let bytes = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return (field, .data(bytes))
        case 5: return (field, .fixed32(try fixed(UInt32.self)))
        default: throw WireError()
        }
    }

    private mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw WireError() }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw WireError()
    }

    private mutating func fixed<Number: FixedWidthInteger>(_: Number.Type) throws(WireError) -> Number {
        var value: Number = 0
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            guard let byte = rest.popFirst() else { throw WireError() }
            value |= Number(byte) << Number(shift)
        }
        return value
    }
}

/// The bytes are malformed.
struct WireError: Error, Equatable {}
