/// `[UInt8]` is `bytea`; an array of any other element is PostgreSQL's array of one dimension.
///
/// The two share one conformance, because Swift allows only one: `UInt8` is an element whose arrays have their own
/// format.
extension Array: PostgresEncodable where Element: PostgresArrayElement {
    package static var postgresType: PostgresType { Element.postgresArrayType }

    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        if Element.self == UInt8.self {
            // A cast of the array would cast each octet.
            withUnsafeBytes { bytes.append(contentsOf: $0) }
            return
        }
        // array_send in PostgreSQL's arrayfuncs.c: dimensions, has-nulls flag, element type, then size and lower
        // bound of each dimension, then each element after its length.
        bytes.append(bigEndian: Int32(isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: Element.postgresType.rawValue)
        guard !isEmpty else { return }
        bytes.append(bigEndian: Int32(count))
        bytes.append(bigEndian: Int32(1))
        for element in self {
            let lengthPosition = bytes.count
            bytes.append(bigEndian: Int32(0))
            try element.encode(into: &bytes)
            let length = Int32(bytes.count - lengthPosition - 4)
            Swift.withUnsafeBytes(of: length.bigEndian) {
                bytes.replaceSubrange(lengthPosition..<lengthPosition + 4, with: $0)
            }
        }
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        if Element.self == UInt8.self {
            guard type == .bytea || type.isUserDefined else { throw .typeMismatch }
            // Safety: the elements are octets, as the bytes are.
            self = bytes.withUnsafeBytes { $0.withMemoryRebound(to: Element.self) { Self($0) } }
            return
        }
        guard type.canBeArray else { throw .typeMismatch }
        var reader = ArrayReader(offset: 0)
        let dimensions = try reader.next(Int32.self, in: bytes)
        _ = try reader.next(Int32.self, in: bytes)
        let elementType = PostgresType(rawValue: try reader.next(UInt32.self, in: bytes))
        guard dimensions != 0 else {
            // Nothing to decode, but the type must fit, so that a mistake does not appear only with data.
            guard elementType == Element.postgresType || type == Element.postgresArrayType else { throw .typeMismatch }
            self = []
            return
        }
        guard dimensions == 1 else { throw .typeMismatch }
        let count = try reader.next(Int32.self, in: bytes)
        _ = try reader.next(Int32.self, in: bytes)
        guard count >= 0, Int(count) <= bytes.byteCount / 4 else { throw .invalidValue }
        self = []
        reserveCapacity(Int(count))
        for _ in 0..<count {
            let length = Int(try reader.next(Int32.self, in: bytes))
            guard length >= 0 else { throw .null }
            guard reader.offset + length <= bytes.byteCount else { throw .invalidValue }
            append(
                try Element(
                    postgresBytes: bytes.extracting(reader.offset..<reader.offset + length),
                    type: elementType
                )
            )
            reader.offset += length
        }
    }
}

/// Iterates over the integers in an array's header and before its elements.
private struct ArrayReader {
    var offset: Int

    mutating func next<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type,
        in bytes: RawSpan
    ) throws(PostgresDecodingFailure) -> Integer {
        let size = MemoryLayout<Integer>.size
        guard offset + size <= bytes.byteCount else { throw .invalidValue }
        defer { offset += size }
        return Integer(bigEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self))
    }
}

/// SQL has no type for an octet; this conformance makes `[UInt8]` a `bytea`.
extension UInt8: PostgresArrayElement {
    package static var postgresType: PostgresType { .char }
    package static var postgresArrayType: PostgresType { .bytea }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(self)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type == .char else { throw .typeMismatch }
        self = try bytes.bigEndianInteger()
    }
}

/// Arrays of `bytea`.
extension [UInt8]: PostgresArrayElement {
    package static var postgresArrayType: PostgresType { .byteaArray }
}
