/// All problems of an input, field by field, so that a client can correct them at once.
package struct FieldErrors: Error, Equatable, Sendable {
    /// One field's problem.
    package struct Entry: Equatable, Sendable {
        /// The field's name; empty for the whole input.
        package let field: String
        /// A sentence that states what was expected, never the client's value.
        package let message: String
    }

    /// The problems in the order of the input.
    package private(set) var entries: [Entry] = []

    /// No problems.
    package init() {}

    /// One problem.
    package init(_ field: String, _ message: String) {
        add(field, message)
    }

    /// Adds a problem.
    package mutating func add(_ field: String, _ message: String) {
        entries.append(Entry(field: field, message: message))
    }

    /// Whether a field has a problem; any field if `nil`.
    package func contains(_ field: String? = nil) -> Bool {
        entries.contains { field == nil || $0.field == field }
    }
}

extension FieldErrors {
    /// The problem of a field that is required, and absent.
    package static let missing = "Missing data for required field."
    /// The problem of a field that the input may not have.
    package static let unknown = "Unknown field."
    /// The problem of a field that is not a string.
    package static let notAString = "Not a valid string."
}
