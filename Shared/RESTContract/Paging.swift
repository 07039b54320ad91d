import HTTPServer

/// The number of items on a page: `limit`.
package struct PageLimit: PathParameter, Sendable {
    /// The number of items.
    package let count: Int

    package init?(pathParameter: Substring) {
        guard let count = Int(pathParameter: pathParameter), (1...1_000).contains(count) else { return nil }
        self.count = count
    }

    package static var expectation: String { "an integer from 1 to 1000" }
}

/// The text of a search.
package struct SearchText: PathParameter, Sendable {
    /// The text.
    package let text: String

    package init?(pathParameter: Substring) {
        guard pathParameter.unicodeScalars.count <= 255, !pathParameter.utf8.contains(0) else { return nil }
        text = String(pathParameter)
    }

    package static var expectation: String { "text of at most 255 characters without NUL" }
}
