/// What is wrong with an input, field by field: all of it at once, so that a client has to correct itself only once.
package struct FieldErrors: Error, Equatable, Sendable {
    /// One field's problem.
    package struct Entry: Equatable, Sendable {
        /// The field's name; empty for the input as a whole.
        package let field: String
        /// What was expected, as a sentence; never what was found.
        package let message: String
    }

    /// The problems in the order in which they were found.
    package private(set) var entries: [Entry] = []

    /// Makes an empty list.
    package init() {}

    /// Makes a list of one problem.
    package init(_ field: String, _ message: String) {
        add(field, message)
    }

    /// Adds a problem.
    package mutating func add(_ field: String, _ message: String) {
        entries.append(Entry(field: field, message: message))
    }

    /// Whether the field, or any if `nil`, has a problem.
    package func contains(_ field: String? = nil) -> Bool {
        entries.contains { field == nil || $0.field == field }
    }
}

extension FieldErrors {
    static let missing = "Missing data for required field."
    static let unknown = "Unknown field."
    static let notAString = "Not a valid string."
    static let notAnInteger = "Not a valid integer."
}
