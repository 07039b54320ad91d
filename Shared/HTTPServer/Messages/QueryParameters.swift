/// The parameters of a query string or of a form body (`application/x-www-form-urlencoded`).
package struct QueryParameters: Sendable {
    /// Names and values in their order, including duplicates.
    package let pairs: [(name: String, value: String)]

    /// The names in their order, including duplicates.
    package var names: [String] { pairs.map(\.name) }

    /// Decodes the part after the question mark.
    ///
    /// - Throws: a 400 problem if an escape is malformed or not UTF-8.
    package init(parsing text: some StringProtocol) throws(Problem) {
        var pairs: [(name: String, value: String)] = []
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true),
                let value = parts.count == 2 ? PercentEncoding.decode(parts[1], plusIsSpace: true) : ""
            else {
                throw Problem(
                    .badRequest,
                    "The query has an escape that is malformed or does not stand for UTF-8 text."
                )
            }
            pairs.append((name, value))
        }
        self.pairs = pairs
    }

    /// The decoded value of the first parameter of this name.
    package subscript(_ name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// The parameter's value.
    ///
    /// - Throws: a 400 problem that names the parameter, if it is missing or not as expected.
    package func require<Value: PathParameter>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(Problem) -> Value {
        guard let value = try optional(name, as: type) else {
            throw Problem(
                .badRequest,
                "A parameter is missing from the query.",
                errors: [.parameter(name, "Missing; expected \(type.expectation).")]
            )
        }
        return value
    }

    /// The parameter's value, or `nil` if it is missing.
    ///
    /// - Throws: a 400 problem that names the parameter, if it is not as expected or occurs twice.
    package func optional<Value: PathParameter>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(Problem) -> Value? {
        var found: String?
        for pair in pairs where pair.name == name {
            if found != nil {
                throw Problem(
                    .badRequest,
                    "A parameter of the query was given more than once.",
                    errors: [.parameter(name, "Given more than once; expected \(type.expectation).")]
                )
            }
            found = pair.value
        }
        guard let found else { return nil }
        guard let value = Value(pathParameter: found[...]) else {
            throw Problem(
                .badRequest,
                "A query parameter is invalid.",
                errors: [.parameter(name, "Expected \(type.expectation).")]
            )
        }
        return value
    }
}
