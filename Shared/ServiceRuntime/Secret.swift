/// A password or a token, which no log line, error or debugger dump shows.
///
/// The text itself is reached by ``reveal()`` only, so that a search for it finds every place that uses secrets.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a secret.
    package init(_ text: String) {
        self.text = text
    }

    /// The secret itself, for the call that needs it.
    package func reveal() -> String {
        text
    }

    /// Says that there is a secret, or that it is empty.
    package var description: String {
        text.isEmpty ? "<empty>" : "<redacted>"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
