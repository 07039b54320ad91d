package import Models
package import Postgres

extension Timestamp {
    /// The time as PostgreSQL's `timestamptz`.
    var postgres: PostgresTimestamp { PostgresTimestamp(microsecondsSince1970: microseconds) }

    /// Reads a `timestamptz`.
    init(_ timestamp: PostgresTimestamp) {
        self.init(microseconds: timestamp.microsecondsSince1970)
    }
}

extension PostgresArrayElement where Self: RowNumber {
    package static var postgresType: PostgresType { Int32.postgresType }
    package static var postgresArrayType: PostgresType { Int32.postgresArrayType }

    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        rawValue.encode(into: &bytes)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        let value = try Int32(postgresBytes: bytes, type: type)
        guard let id = Self(rawValue: value) else { throw .invalidValue }
        self = id
    }
}

extension PersonID: PostgresArrayElement {}
extension EventID: PostgresArrayElement {}
extension ZoneID: PostgresArrayElement {}
extension SessionID: PostgresArrayElement {}

extension LocationID: PostgresArrayElement {
    package static var postgresType: PostgresType { Int64.postgresType }
    package static var postgresArrayType: PostgresType { Int64.postgresArrayType }

    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        rawValue.encode(into: &bytes)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        let value = try Int64(postgresBytes: bytes, type: type)
        guard let id = LocationID(rawValue: value) else { throw .invalidValue }
        self = id
    }
}

extension Accuracy: PostgresDecodable {
    /// Reads whole metres from an `integer`, since a `smallint` ends at 32,767.
    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        let value = try Int32(postgresBytes: bytes, type: type)
        guard let accuracy = Accuracy(wholeMetres: value) else { throw .invalidValue }
        self = accuracy
    }
}

extension DeviceNumber {
    /// The number as a `smallint`; `nil`, hence NULL, for ``none``.
    var stored: Int16? { self == .none ? nil : Int16(rawValue) }

    /// Reads a `smallint`; NULL and invalid numbers become ``none``.
    init(stored: Int16?) {
        self = stored.flatMap { DeviceNumber(rawValue: $0) } ?? .none
    }
}
