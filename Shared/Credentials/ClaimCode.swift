internal import Models

/// The code of a claim: 130 random bits in letters and digits that people can type.
package struct ClaimCode: Sendable {
    /// The text.
    package let text: String

    private static let length = 26

    /// Reads a code in any case, with spaces and hyphens; `nil` if the length is wrong.
    package init?(_ text: String) {
        guard text.utf8.count <= 64 else { return nil }
        let plain = text.lowercased().filter { $0 != " " && $0 != "-" }
        guard plain.utf8.count == Self.length else { return nil }
        self.text = plain
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// A new code.
    package static func random() -> ClaimCode {
        ClaimCode(unchecked: RandomText.make(characters: length))
    }

    /// The digest, which is stored instead of the text.
    package var digest: TokenDigest { TokenDigest(of: text) }
}
