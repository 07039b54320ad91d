package import JSON

/// A JSON text as a tree, for inspection by tests.
package indirect enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Parses a text.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes, maximumDepth: 64)
        self = try JSONValue(from: &reader)
        try reader.finish()
    }

    private init(from reader: inout JSONReader) throws(JSONError) {
        switch try reader.peekKind() {
        case .null:
            try reader.readNull()
            self = .null
        case .boolean: self = .boolean(try reader.readBoolean())
        case .number: self = .number(try reader.readDouble())
        case .string: self = .string(try reader.readString())
        case .array:
            var elements: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { elements.append(try JSONValue(from: &reader)) }
            self = .array(elements)
        case .object:
            var members: [String: JSONValue] = [:]
            try reader.beginObject()
            while let key = try reader.nextKey() { members[key] = try JSONValue(from: &reader) }
            self = .object(members)
        }
    }

    /// A member of an object.
    package subscript(_ key: String) -> JSONValue? { members?[key] }

    /// An element of an array.
    package subscript(_ index: Int) -> JSONValue? {
        guard let elements, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The members of an object; `nil` for other values.
    package var members: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array; `nil` for other values.
    package var elements: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text of a string; `nil` for other values.
    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The number; `nil` for other values.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }
}
