/// Writes rows in COPY's binary format (section "COPY" of PostgreSQL's manual, "Binary Format").
///
/// Values go into one buffer, without an allocation for each, and a full buffer goes to the server. Writing waits while
/// the server is busy. The types must be exactly those of the table's columns, because the server does not convert.
///
/// ```swift
/// try writer.beginRow(fieldCount: 2)
/// try writer.write(id)
/// try writer.write(name)
/// ```
package struct PostgresCopyWriter: ~Copyable {
    private let send: (UnsafeRawBufferPointer) throws -> Void
    private var buffer: UnsafeMutableRawBufferPointer
    private var used = 0
    private var missingFields = 0
    /// The number of rows so far.
    package private(set) var rowCount = 0

    /// The size at which the buffer is sent, so large that a system call per row costs almost nothing.
    private static let flushThreshold = 128 << 10

    init(send: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.send = send
        buffer = .allocate(byteCount: Self.flushThreshold + (16 << 10), alignment: 8)
        // Signature, flags, and the length of an empty extension.
        for byte in signature { append(byte) }
        append(Int32(0))
        append(Int32(0))
    }

    deinit {
        buffer.deallocate()
    }

    /// Begins a row; the previous one must be complete.
    @inlinable
    package mutating func beginRow(fieldCount: Int) throws {
        try finishRow(fieldCount: fieldCount)
    }

    /// Writes an `int2`, `int4` or `int8`.
    package mutating func write(_ value: some FixedWidthInteger & BitwiseCopyable) throws(PostgresError) {
        try countField()
        let size = MemoryLayout.size(ofValue: value)
        reserve(size + 4)
        append(Int32(size))
        append(value)
    }

    /// Writes a `float8`.
    package mutating func write(_ value: Double) throws(PostgresError) {
        try write(value.bitPattern)
    }

    /// Writes a `boolean`.
    package mutating func write(_ value: Bool) throws(PostgresError) {
        try write(value ? 1 as UInt8 : 0)
    }

    /// Writes a `timestamptz` or `timestamp`.
    package mutating func write(_ value: PostgresTimestamp) throws(PostgresError) {
        try write(try value.microsecondsSince2000())
    }

    /// Writes `text`; it must not contain NUL.
    package mutating func write(_ text: String) throws(PostgresError) {
        var text = text
        let isValid = text.withUTF8 { utf8 in
            guard !utf8.contains(0) else { return false }
            appendField(UnsafeRawBufferPointer(utf8))
            return true
        }
        guard isValid else { throw .nulInText }
        try countField()
    }

    /// Writes a `bytea`, or any other type in its binary format.
    package mutating func write(bytes: [UInt8]) throws(PostgresError) {
        try countField()
        bytes.withUnsafeBytes { appendField($0) }
    }

    /// Writes NULL.
    package mutating func writeNull() throws(PostgresError) {
        try countField()
        reserve(4)
        append(Int32(-1))
    }

    /// Ends the rows and sends what is left.
    mutating func finish() throws {
        guard missingFields == 0 else { throw PostgresError.incompleteRow }
        reserve(2)
        append(Int16(-1))
        try flush()
    }

    @usableFromInline
    mutating func finishRow(fieldCount: Int) throws {
        guard missingFields == 0 else { throw PostgresError.incompleteRow }
        if used >= Self.flushThreshold { try flush() }
        missingFields = fieldCount
        rowCount += 1
        reserve(2)
        append(Int16(fieldCount))
    }

    private mutating func flush() throws {
        try send(UnsafeRawBufferPointer(rebasing: buffer[..<used]))
        used = 0
    }

    private mutating func countField() throws(PostgresError) {
        guard missingFields > 0 else {
            throw PostgresError(.misuse, "A row for COPY has more fields than it was begun with.")
        }
        missingFields -= 1
    }

    private mutating func appendField(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count + 4)
        append(Int32(clamping: bytes.count))
        if let base = bytes.baseAddress, !bytes.isEmpty {
            (buffer.baseAddress.map { $0 + used })?.copyMemory(from: base, byteCount: bytes.count)
            used += bytes.count
        }
    }

    /// Reserves room; the buffer grows only for values that are larger than the room between two flushes.
    private mutating func reserve(_ count: Int) {
        guard used + count > buffer.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(used + count, buffer.count * 2),
            alignment: 8
        )
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<used]))
        buffer.deallocate()
        buffer = larger
    }

    private mutating func append(_ value: some FixedWidthInteger & BitwiseCopyable) {
        let size = MemoryLayout.size(ofValue: value)
        withUnsafeBytes(of: value.bigEndian) { bytes in
            UnsafeMutableRawBufferPointer(rebasing: buffer[used..<used + size]).copyMemory(from: bytes)
        }
        used += MemoryLayout.size(ofValue: value)
    }
}

/// The beginning of binary COPY data.
private let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]

extension PostgresError {
    static let incompleteRow = PostgresError(.misuse, "A row for COPY has fewer fields than it was begun with.")
}
