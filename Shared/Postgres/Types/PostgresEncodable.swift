/// A value that can be bound to a parameter of a statement, in PostgreSQL's binary format.
package protocol PostgresEncodable: Sendable {
    /// The parameter's type; the server converts nothing silently.
    static var postgresType: PostgresType { get }

    /// Appends the value in the type's binary format, without its length.
    ///
    /// - Throws: ``PostgresError/Code/invalidValue`` for a value without a representation in PostgreSQL.
    func encode(into bytes: inout [UInt8]) throws(PostgresError)
}

/// A type that can be an element of an array parameter or an array column.
package protocol PostgresArrayElement: PostgresEncodable, PostgresDecodable {
    /// The type of an array of these.
    static var postgresArrayType: PostgresType { get }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    package static var postgresType: PostgresType { RawValue.postgresType }

    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        try rawValue.encode(into: &bytes)
    }
}

extension PostgresArrayElement where Self: RawRepresentable, RawValue: PostgresArrayElement {
    package static var postgresArrayType: PostgresType { RawValue.postgresArrayType }
}

extension [UInt8] {
    /// Appends an integer in network byte order.
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}
