package import Observability

/// The metadata of a message in the queue.
package struct MessageContext: Hashable, Sendable {
    /// The version of messages that this program writes and reads: `LocationRecord` of `location.proto`.
    ///
    /// A change that older readers cannot understand gets version 2.
    package static let schemaVersion = "1"

    /// The version of the message; `nil` if it is not stated, and then it is 1 or a line of the legacy system.
    package let schemaVersion: String?
    /// The trace of the message.
    package let trace: TraceContext?

    /// A context, possibly empty.
    package init(schemaVersion: String? = nil, trace: TraceContext? = nil) {
        self.schemaVersion = schemaVersion
        self.trace = trace
    }

    /// Whether this program can decode the message.
    ///
    /// It does not try another version, which it might misread.
    package var isUnderstood: Bool { schemaVersion.map { $0 == Self.schemaVersion } ?? true }
}
