/// A value that can be decoded from a column of a result, in PostgreSQL's binary format.
package protocol PostgresDecodable: Sendable {
    /// Decodes the value of a column that is not NULL, from the binary format of the column's type.
    init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure)

    /// The value for NULL; nil if NULL is an error, which is the default.
    static var postgresNull: Self? { get }
}

/// Why a column's value could not be decoded; the row adds the column's name and type.
package enum PostgresDecodingFailure: Error {
    /// The column's type cannot be decoded as this Swift type.
    case typeMismatch
    /// The column is NULL.
    case null
    /// The bytes are not a valid value, or one outside the Swift type's range.
    case invalidValue
}

extension PostgresDecodable {
    package static var postgresNull: Self? { nil }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        self = .some(try Wrapped(postgresBytes: bytes, type: type))
    }

    package static var postgresNull: Wrapped?? { .some(nil) }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        let rawValue = try RawValue(postgresBytes: bytes, type: type)
        guard let value = Self(rawValue: rawValue) else { throw .invalidValue }
        self = value
    }
}

extension RawSpan {
    /// The whole span as one integer in network byte order.
    func bigEndianInteger<Integer: FixedWidthInteger & BitwiseCopyable>(
        _: Integer.Type = Integer.self
    ) throws(PostgresDecodingFailure) -> Integer {
        guard byteCount == MemoryLayout<Integer>.size else { throw .invalidValue }
        return Integer(bigEndian: unsafeLoadUnaligned(as: Integer.self))
    }
}
