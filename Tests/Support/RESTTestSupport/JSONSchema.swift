/// The part of JSON Schema 2020-12 that the services' descriptions use.
///
/// Validation fails for unknown keywords, so that no keyword is silently ignored.
struct JSONSchema {
    private let schema: JSONValue
    private let document: JSONValue

    /// Creates a schema, with the document for its references.
    init(_ schema: JSONValue, in document: JSONValue) {
        self.schema = schema
        self.document = document
    }

    private static let annotations: Set<String> = ["description", "example", "examples", "default", "format"]

    /// The problems of a value, each with its JSON pointer.
    func problems(of value: JSONValue, at pointer: String = "") -> [String] {
        guard let keywords = schema.members else { return ["\(pointer): the schema is no object"] }
        return keywords.sorted { $0.key < $1.key }.flatMap { keyword, argument in
            problems(of: value, at: pointer, keyword, argument)
        }
    }

    private func problems(of value: JSONValue, at pointer: String, _ keyword: String, _ argument: JSONValue) -> [String]
    {
        func expect(_ isRight: Bool) -> [String] { isRight ? [] : ["\(pointer): not \(keyword) \(argument)"] }
        switch (keyword, value) {
        case ("$ref", _):
            guard let target = document.resolve(argument) else { return ["\(argument) leads nowhere"] }
            return JSONSchema(target, in: document).problems(of: value, at: pointer)
        case ("type", _):
            let types = argument.elements ?? [argument]
            return expect(types.contains { value.isOf(type: $0.string ?? "") })
        case ("const", _): return expect(value == argument)
        case ("enum", _): return expect(argument.elements?.contains(value) == true)
        case ("allOf", _): return (argument.elements ?? []).flatMap { below($0, value, pointer) }
        case ("anyOf", _): return expect(matches(value, among: argument) >= 1)
        case ("oneOf", _): return expect(matches(value, among: argument) == 1)
        case ("minimum", .number(let number)): return expect(number >= argument.number ?? .nan)
        case ("maximum", .number(let number)): return expect(number <= argument.number ?? .nan)
        case ("maxLength", .string(let text)):
            return expect(Double(text.unicodeScalars.count) <= argument.number ?? .nan)
        case ("pattern", .string(let text)):
            return expect((try? Regex(argument.string ?? "").firstMatch(in: text)) != nil)
        case ("minItems", .array(let elements)): return expect(Double(elements.count) >= argument.number ?? .nan)
        case ("maxItems", .array(let elements)): return expect(Double(elements.count) <= argument.number ?? .nan)
        case ("items", .array(let elements)):
            return elements.enumerated().flatMap { below(argument, $1, "\(pointer)/\($0)") }
        case ("prefixItems", .array(let elements)):
            return zip(argument.elements ?? [], elements).enumerated().flatMap { below($1.0, $1.1, "\(pointer)/\($0)") }
        case ("required", .object(let members)):
            return expect((argument.elements ?? []).allSatisfy { members[$0.string ?? ""] != nil })
        case ("properties", .object(let members)):
            return (argument.members ?? [:]).flatMap { name, schema in
                members[name].map { below(schema, $0, "\(pointer)/\(name)") } ?? []
            }
        case ("additionalProperties", .object(let members)):
            let others = members.filter { schema["properties"]?[$0.key] == nil }
            if argument == .boolean(false) { return expect(others.isEmpty) }
            return others.flatMap { below(argument, $1, "\(pointer)/\($0)") }
        case ("minimum", _), ("maximum", _), ("maxLength", _), ("pattern", _), ("minItems", _), ("maxItems", _),
            ("items", _), ("prefixItems", _), ("required", _), ("properties", _), ("additionalProperties", _):
            // These keywords do not apply to values of other types.
            return []
        default: return Self.annotations.contains(keyword) ? [] : ["\(keyword) is not understood here"]
        }
    }

    private func below(_ schema: JSONValue, _ value: JSONValue, _ pointer: String) -> [String] {
        JSONSchema(schema, in: document).problems(of: value, at: pointer)
    }

    private func matches(_ value: JSONValue, among schemas: JSONValue) -> Int {
        (schemas.elements ?? []).count { below($0, value, "").isEmpty }
    }
}

extension JSONValue {
    /// The target of a `$ref` within this document.
    func resolve(_ reference: JSONValue) -> JSONValue? {
        guard let text = reference.string, text.hasPrefix("#/") else { return nil }
        return text.dropFirst(2).split(separator: "/").reduce(self as JSONValue?) { $0?[String($1)] }
    }

    fileprivate func isOf(type: String) -> Bool {
        switch (self, type) {
        case (.null, "null"), (.boolean, "boolean"), (.number, "number"), (.string, "string"), (.array, "array"),
            (.object, "object"):
            true
        case (.number(let number), "integer"): number.rounded() == number
        default: false
        }
    }
}
