package import Observability

/// What came into the queue beside a message's bytes.
package struct MessageContext: Hashable, Sendable {
    /// The version of messages that this program writes and reads: `LocationRecord` of `location.proto`.
    ///
    /// One that older readers cannot understand is 2.
    package static let schemaVersion = "1"

    /// The version of the message; `nil` where nobody says it, and it is 1 or a line of the system that came before.
    package let schemaVersion: String?
    /// The trace that the message belongs to.
    package let trace: TraceContext?

    /// Joins what is known, which may be nothing.
    package init(schemaVersion: String? = nil, trace: TraceContext? = nil) {
        self.schemaVersion = schemaVersion
        self.trace = trace
    }

    /// Whether this program can read the message.
    ///
    /// One of another version is not tried: it might be read as something that it does not say.
    package var isUnderstood: Bool { schemaVersion.map { $0 == Self.schemaVersion } ?? true }
}
