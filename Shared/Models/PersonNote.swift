package import JSON

/// A person's private note about another one.
package struct PersonNote: Equatable, Sendable {
    /// Free text, of at most ``maximumLength`` characters; empty without one.
    package let text: String
    /// Whether the other person is marked.
    package let isStarred: Bool
    /// Whether the person says that they did not meet.
    ///
    /// Meetings stay as they are.
    package let isNotMet: Bool

    /// The maximum length of the text, in Unicode scalars.
    package static let maximumLength = 2_000

    package init(text: String, isStarred: Bool, isNotMet: Bool) {
        (self.text, self.isStarred, self.isNotMet) = (text, isStarred, isNotMet)
    }

    /// Whether the note says nothing.
    package var isEmpty: Bool { text.isEmpty && !isStarred && !isNotMet }

    /// Reads `{"text", "starred", "not_met"}`; a missing member is empty or false.
    ///
    /// - Throws: ``FieldErrors`` with every problem at once, or ``JSONError``.
    package init(from reader: inout JSONReader) throws {
        var fields = OptionalFields(texts: ["text"], flags: ["starred", "not_met"])
        try fields.read(from: &reader)
        text = fields.texts["text"] ?? ""
        isStarred = fields.flags["starred"] ?? false
        isNotMet = fields.flags["not_met"] ?? false
        // Notes have lines.
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline || $0 == "\t" }
        if text.unicodeScalars.count > Self.maximumLength {
            fields.errors.add("text", "Longer than maximum length \(Self.maximumLength).")
        } else if lines.contains(where: { VisibleText.hasHidden($0) }) {
            fields.errors.add("text", "Not a valid string: it has a control, direction or zero-width character.")
        }
        guard !fields.errors.contains() else { throw fields.errors }
    }
}
