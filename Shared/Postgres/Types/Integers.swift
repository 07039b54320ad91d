extension Int16: PostgresArrayElement {
    package static var postgresType: PostgresType { .int2 }
    package static var postgresArrayType: PostgresType { .int2Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type == .int2 else { throw .typeMismatch }
        self = try bytes.bigEndianInteger()
    }
}

extension Int32: PostgresArrayElement {
    package static var postgresType: PostgresType { .int4 }
    package static var postgresArrayType: PostgresType { .int4Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        switch type {
        case .int4: self = try bytes.bigEndianInteger()
        case .int2: self = Int32(try bytes.bigEndianInteger(Int16.self))
        default: throw .typeMismatch
        }
    }
}

extension Int64: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: self)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        switch type {
        case .int8: self = try bytes.bigEndianInteger()
        case .int4: self = Int64(try bytes.bigEndianInteger(Int32.self))
        case .int2: self = Int64(try bytes.bigEndianInteger(Int16.self))
        case .oid: self = Int64(try bytes.bigEndianInteger(UInt32.self))
        default: throw .typeMismatch
        }
    }
}

/// `Int` is `bigint`, because it has 64 bits on all our platforms.
extension Int: PostgresArrayElement {
    package static var postgresType: PostgresType { .int8 }
    package static var postgresArrayType: PostgresType { .int8Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: Int64(self))
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        self = Int(try Int64(postgresBytes: bytes, type: type))
    }
}
