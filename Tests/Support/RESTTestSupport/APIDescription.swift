import HTTPServer
package import JSON

/// A service's OpenAPI document, for comparison with the service's answers.
package struct APIDescription: Sendable {
    private let document: JSONValue

    /// Parses a document.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        document = try JSONValue(bytes)
    }

    /// The described operations: `GET /api/persons/{id}`.
    package var operations: Set<String> {
        let methods: Set<String> = ["get", "post", "put", "patch", "delete", "head", "options", "trace"]
        return Set(
            (document["paths"]?.members ?? [:]).flatMap { path, item in
                (item.members ?? [:]).keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
            }
        )
    }

    /// The differences between an answer and the description of its operation: status, type, headers, content.
    ///
    /// Empty if there is no such operation.
    func differences(of answer: Answer, to method: String, _ path: String) -> [String] {
        guard let operation = item(of: path)?[method.lowercased()] else { return [] }
        guard let response = follow(operation["responses"]?[String(answer.status)]) else {
            return ["the status \(answer.status) is not described"]
        }
        let described = Set((response["headers"]?.members ?? [:]).keys.map { $0.lowercased() })
        var differences = answer.headers.fields.map { $0.name.text.lowercased() }
            .filter { $0 != "content-type" && !described.contains($0) }
            .map { "the header \($0) is not described" }
        guard let contents = response["content"]?.members else {
            return differences + (answer.bytes.isEmpty ? [] : ["content is not described"])
        }
        let type = String((answer.headers["Content-Type"] ?? "").prefix { $0 != ";" })
        guard let schema = contents[type]?["schema"] else { return differences + ["the type \(type) is not described"] }
        if let lines = contents[type]?["x-item-schema"] {
            differences += answer.text.split(separator: "\n").flatMap { line in
                guard let value = try? JSONValue(Array(line.utf8)) else { return ["a line is not JSON"] }
                return JSONSchema(lines, in: document).problems(of: value)
            }
        } else if type.hasSuffix("json") {
            guard let value = try? JSONValue(answer.bytes) else { return differences + ["the content is not JSON"] }
            differences += JSONSchema(schema, in: document).problems(of: value)
        }
        return differences
    }

    /// The description of a path: the template with the most literal segments.
    private func item(of path: String) -> JSONValue? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let fitting = (document["paths"]?.members ?? [:]).filter { template, _ in
            let parts = template.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == segments.count && zip(parts, segments).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        return fitting.min { $0.key.count { $0 == "{" } < $1.key.count { $0 == "{" } }?.value
    }

    private func follow(_ value: JSONValue?) -> JSONValue? {
        guard let reference = value?["$ref"] else { return value }
        return document.resolve(reference)
    }
}
