extension Bool: PostgresArrayElement {
    package static var postgresType: PostgresType { .bool }
    package static var postgresArrayType: PostgresType { .boolArray }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(self ? 1 : 0)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type == .bool else { throw .typeMismatch }
        self = try bytes.bigEndianInteger(UInt8.self) != 0
    }
}

extension Float: PostgresArrayElement {
    package static var postgresType: PostgresType { .float4 }
    package static var postgresArrayType: PostgresType { .float4Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: bitPattern)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        guard type == .float4 else { throw .typeMismatch }
        self = Float(bitPattern: try bytes.bigEndianInteger())
    }
}

extension Double: PostgresArrayElement {
    package static var postgresType: PostgresType { .float8 }
    package static var postgresArrayType: PostgresType { .float8Array }

    package func encode(into bytes: inout [UInt8]) {
        bytes.append(bigEndian: bitPattern)
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        switch type {
        case .float8: self = Double(bitPattern: try bytes.bigEndianInteger())
        case .float4: self = Double(Float(bitPattern: try bytes.bigEndianInteger()))
        default: throw .typeMismatch
        }
    }
}

extension String: PostgresArrayElement {
    package static var postgresType: PostgresType { .text }
    package static var postgresArrayType: PostgresType { .textArray }

    /// - Throws: ``PostgresError/Code/invalidValue`` if the text has a NUL, which PostgreSQL's text cannot hold.
    package func encode(into bytes: inout [UInt8]) throws(PostgresError) {
        let start = bytes.count
        bytes.append(contentsOf: utf8)
        if bytes[start...].contains(0) { throw .nulInText }
    }

    package init(postgresBytes bytes: RawSpan, type: PostgresType) throws(PostgresDecodingFailure) {
        var text = bytes
        switch type {
        case .text, .varchar, .bpchar, .name, .json, .unknown, .char: break
        case .jsonb:
            // A byte with the format's version precedes the text.
            guard bytes.byteCount > 0, bytes.unsafeLoad(as: UInt8.self) == 1 else { throw .invalidValue }
            text = bytes.extracting(droppingFirst: 1)
        case let type where type.isUserDefined: break  // enumerations and domains over text
        default: throw .typeMismatch
        }
        do {
            self = String(copying: try UTF8Span(validating: Span(_bytes: text)))
        } catch {
            throw .invalidValue
        }
    }
}

extension PostgresError {
    /// PostgreSQL's text cannot hold U+0000.
    static let nulInText = PostgresError(.invalidValue, "Text for PostgreSQL must not contain the NUL character.")
}
