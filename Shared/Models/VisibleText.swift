/// The rule for names that are shown to people.
package enum VisibleText {
    /// The problem of a text, or `nil` if it is valid.
    ///
    /// Invisible characters make two names look the same; direction controls make a name look different. An empty text
    /// is valid. The two joiners are allowed, because Persian and emoji need them.
    static func problem(of text: String) -> String? {
        if hasHidden(text) {
            return "Not a valid string: it has a control, direction or zero-width character."
        }
        if !text.isEmpty, text.unicodeScalars.allSatisfy(isBlank) {
            return "Not a valid string: it has no visible character."
        }
        return nil
    }

    /// The problem of a text that needs a number of characters, or `nil` if it is valid.
    package static func problem(of text: String, characters: ClosedRange<Int>) -> String? {
        guard characters.contains(text.unicodeScalars.count) else {
            return "Expected text of \(characters.lowerBound) to \(characters.upperBound) characters."
        }
        return problem(of: text)
    }

    /// Whether a text has a control, direction or zero-width character.
    static func hasHidden(_ text: some StringProtocol) -> Bool { text.unicodeScalars.contains(where: isHidden) }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        // Nearly all characters are ASCII.
        if (0x20..<0x7F).contains(scalar.value) { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .format: return scalar != "\u{200C}" && scalar != "\u{200D}"
        default: return false
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        // The last one is the Braille pattern without dots.
        scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint || scalar == "\u{2800}"
    }
}
