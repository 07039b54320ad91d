/// A path on our own origin, to which a browser returns after a login.
///
/// Anything that a browser could take for another origin is refused: `//host`, a scheme, a backslash, white space, dots that a
/// browser resolves.
package struct LocalPath: Hashable, Sendable {
    /// The longest path, in bytes.
    package static let maximumLength = 512

    /// The first page.
    package static let root = LocalPath(unchecked: "/")

    /// The path, with its query if any.
    package let text: String

    /// `nil` if it is not a local path.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, text.utf8.first == UInt8(ascii: "/"),
            text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !"\\\"<>^`{|}#".utf8.contains($0) })
        else { return nil }
        let segments = text.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
        // Behind the first slash only the last segment may be empty.
        guard !segments.contains("."), !segments.contains(".."), !segments.dropFirst().dropLast().contains("") else {
            return nil
        }
        self.text = text
    }

    private init(unchecked text: String) {
        self.text = text
    }
}
