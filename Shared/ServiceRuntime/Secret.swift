/// A password or a token, which appears in no log line, error or debugger dump.
///
/// Only ``reveal()`` returns the text, so a search for it finds every use of secrets.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a secret.
    package init(_ text: String) {
        self.text = text
    }

    /// The text of the secret, for the call that needs it.
    package func reveal() -> String {
        text
    }

    /// Says only whether the secret is empty.
    package var description: String {
        text.isEmpty ? "<empty>" : "<redacted>"
    }

    package var debugDescription: String { description }

    package var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
