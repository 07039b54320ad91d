/// The type of a value, by its object id in `pg_type`.
package struct PostgresType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The type `boolean`.
    package static let bool = PostgresType(rawValue: 16)
    /// The type `bytea`.
    package static let bytea = PostgresType(rawValue: 17)
    /// `"char"`, the one-byte type of the catalogs.
    package static let char = PostgresType(rawValue: 18)
    /// `name`, the type of identifiers in the catalogs.
    package static let name = PostgresType(rawValue: 19)
    /// The type `bigint`.
    package static let int8 = PostgresType(rawValue: 20)
    /// The type `smallint`.
    package static let int2 = PostgresType(rawValue: 21)
    /// The type `integer`.
    package static let int4 = PostgresType(rawValue: 23)
    /// The type `text`.
    package static let text = PostgresType(rawValue: 25)
    /// The type `oid`.
    package static let oid = PostgresType(rawValue: 26)
    /// The type `json`.
    package static let json = PostgresType(rawValue: 114)
    /// The type `real`.
    package static let float4 = PostgresType(rawValue: 700)
    /// The type `double precision`.
    package static let float8 = PostgresType(rawValue: 701)
    /// `unknown`, the type of an untyped literal.
    package static let unknown = PostgresType(rawValue: 705)
    /// The type `character(n)`.
    package static let bpchar = PostgresType(rawValue: 1042)
    /// The type `character varying`.
    package static let varchar = PostgresType(rawValue: 1043)
    /// The type `timestamp without time zone`.
    package static let timestamp = PostgresType(rawValue: 1114)
    /// The type `timestamp with time zone`.
    package static let timestamptz = PostgresType(rawValue: 1184)
    /// The type `numeric`.
    package static let numeric = PostgresType(rawValue: 1700)
    /// The type `jsonb`.
    package static let jsonb = PostgresType(rawValue: 3802)
    /// `void`, the type of functions without a result.
    package static let void = PostgresType(rawValue: 2278)
    /// The type `boolean[]`.
    package static let boolArray = PostgresType(rawValue: 1000)
    /// The type `bytea[]`.
    package static let byteaArray = PostgresType(rawValue: 1001)
    /// The type `smallint[]`.
    package static let int2Array = PostgresType(rawValue: 1005)
    /// The type `integer[]`.
    package static let int4Array = PostgresType(rawValue: 1007)
    /// The type `name[]`.
    package static let nameArray = PostgresType(rawValue: 1003)
    /// The type `character varying[]`.
    package static let varcharArray = PostgresType(rawValue: 1015)
    /// The type `timestamp[]`.
    package static let timestampArray = PostgresType(rawValue: 1115)
    /// The type `text[]`.
    package static let textArray = PostgresType(rawValue: 1009)
    /// The type `bigint[]`.
    package static let int8Array = PostgresType(rawValue: 1016)
    /// The type `real[]`.
    package static let float4Array = PostgresType(rawValue: 1021)
    /// The type `double precision[]`.
    package static let float8Array = PostgresType(rawValue: 1022)
    /// The type `timestamptz[]`.
    package static let timestamptzArray = PostgresType(rawValue: 1185)

    /// Whether the type was created in the database, by an extension or CREATE TYPE, rather than built in.
    package var isUserDefined: Bool { rawValue >= 16_384 }

    /// Whether values of the type can have the format of arrays.
    var canBeArray: Bool {
        switch self {
        case .boolArray, .byteaArray, .int2Array, .int4Array, .int8Array, .textArray, .nameArray, .varcharArray,
            .float4Array, .float8Array, .timestampArray, .timestamptzArray:
            true
        default: isUserDefined
        }
    }
}

extension PostgresType: CustomStringConvertible {
    /// SQL's name of the type, or its object id.
    package var description: String {
        Self.names[self] ?? "type with OID \(rawValue)"
    }

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .char: "\"char\"", .name: "name", .int8: "bigint", .int2: "smallint",
        .int4: "integer", .text: "text", .oid: "oid", .json: "json", .float4: "real", .float8: "double precision",
        .unknown: "unknown", .bpchar: "character", .varchar: "character varying", .timestamp: "timestamp",
        .timestamptz: "timestamptz", .numeric: "numeric", .jsonb: "jsonb", .void: "void", .boolArray: "boolean[]",
        .byteaArray: "bytea[]", .int2Array: "smallint[]", .int4Array: "integer[]", .textArray: "text[]",
        .int8Array: "bigint[]", .float4Array: "real[]", .float8Array: "double precision[]",
        .timestamptzArray: "timestamptz[]", .nameArray: "name[]", .varcharArray: "character varying[]",
        .timestampArray: "timestamp[]",
    ]
}
