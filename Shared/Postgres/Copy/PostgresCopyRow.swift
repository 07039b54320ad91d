/// One row of COPY OUT in binary format, read field by field without copying.
///
/// It is valid during the call only.
package struct PostgresCopyRow: ~Copyable {
    private var position: UnsafeRawPointer
    private let end: UnsafeRawPointer
    /// The number of fields in the row.
    package let fieldCount: Int
    private var remainingFields: Int

    /// Reads the field count; nil at the end marker.
    init?(_ bytes: inout UnsafeRawBufferPointer) throws(PostgresError) {
        guard let base = bytes.baseAddress, bytes.count >= 2 else { throw .malformedCopyData }
        let count = Int(Int16(bigEndian: base.loadUnaligned(as: Int16.self)))
        guard count >= 0 else { return nil }
        position = base + 2
        end = base + bytes.count
        fieldCount = count
        remainingFields = count
    }

    /// Reads an `int2`, `int4` or `int8` as the integer type of the same size.
    package mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(PostgresError) -> Integer {
        guard let value = try integer(Integer.self) else { throw unexpectedNull() }
        return value
    }

    /// Reads an integer, or nil for NULL.
    package mutating func readIfPresent<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(PostgresError) -> Integer? {
        try integer(Integer.self)
    }

    @inline(__always)
    private mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type
    ) throws(PostgresError) -> Integer? {
        guard let length = try nextField() else { return nil }
        guard length == MemoryLayout<Integer>.size else {
            throw PostgresError(
                .decoding,
                "Field \(fieldCount - remainingFields) of COPY's row has \(length) bytes, but \(Integer.self) was expected."
            )
        }
        defer { position += length }
        return Integer(bigEndian: position.loadUnaligned(as: Integer.self))
    }

    /// Reads an `int8`; this and the next two are faster than generic code of another module.
    package mutating func read(_: Int64.Type) throws(PostgresError) -> Int64 {
        guard let value = try integer(Int64.self) else { throw unexpectedNull() }
        return value
    }

    /// Reads an `int4`.
    package mutating func read(_: Int32.Type) throws(PostgresError) -> Int32 {
        guard let value = try integer(Int32.self) else { throw unexpectedNull() }
        return value
    }

    /// Reads an `int4`, or nil for NULL.
    package mutating func readIfPresent(_: Int32.Type) throws(PostgresError) -> Int32? {
        try integer(Int32.self)
    }

    /// Reads a `float8`.
    package mutating func read(_: Double.Type) throws(PostgresError) -> Double {
        Double(bitPattern: try read(UInt64.self))
    }

    /// Reads a `boolean`.
    package mutating func read(_: Bool.Type) throws(PostgresError) -> Bool {
        try read(UInt8.self) != 0
    }

    /// Reads a `timestamptz` or `timestamp`.
    package mutating func read(_: PostgresTimestamp.Type) throws(PostgresError) -> PostgresTimestamp {
        let since2000 = try read(Int64.self)
        let (value, overflow) = since2000.addingReportingOverflow(PostgresTimestamp.epoch)
        guard !overflow, since2000 != .min else {
            throw PostgresError(.decoding, "COPY's row holds a time that does not fit PostgresTimestamp.")
        }
        return PostgresTimestamp(microsecondsSince1970: value)
    }

    /// Calls `body` with a field's bytes, whatever its type; false for NULL.
    package mutating func withBytes(_ body: (RawSpan) throws(PostgresError) -> Void) throws(PostgresError) -> Bool {
        guard let length = try nextField() else { return false }
        defer { position += length }
        try body(UnsafeRawBufferPointer(start: position, count: length).bytes)
        return true
    }

    /// Skips a field.
    package mutating func skip() throws(PostgresError) {
        if let length = try nextField() { position += length }
    }

    /// Skips the unread fields, and returns the bytes after the row.
    consuming func rest() throws(PostgresError) -> UnsafeRawBufferPointer {
        while remainingFields > 0 { try skip() }
        return UnsafeRawBufferPointer(start: position, count: end - position)
    }

    /// Reads a field's length, -1 for NULL, and checks that the bytes exist.
    private mutating func nextField() throws(PostgresError) -> Int? {
        guard remainingFields > 0 else {
            throw PostgresError(.decoding, "COPY's row has \(fieldCount) fields, but one more was expected.")
        }
        guard end - position >= 4 else { throw .malformedCopyData }
        remainingFields -= 1
        let length = Int(Int32(bigEndian: position.loadUnaligned(as: Int32.self)))
        position += 4
        guard length >= 0 else { return nil }
        guard end - position >= length else { throw .malformedCopyData }
        return length
    }

    private func unexpectedNull() -> PostgresError {
        PostgresError(
            .decoding,
            "Field \(fieldCount - remainingFields) of COPY's row is NULL, but a value was expected."
        )
    }
}

extension PostgresError {
    static let malformedCopyData = PostgresError(.decoding, "COPY's data are not in the binary format.")
}
