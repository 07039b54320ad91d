package import Models
package import Observability

/// A message of the queue, together with its location if it could be decoded.
package struct ReceivedMessage: Sendable {
    /// The location of a message, or the reason why it has none.
    package enum Content: Sendable {
        case location(Location)
        case undecodable(DeadLetterReason)
    }

    /// The decoded message.
    package let content: Content
    private let partition: Int
    private let offset: Int64
    private let appendedAt: Timestamp
    private let schemaVersion: String?
    private let trace: TraceContext?
    /// Bytes that contain the message, so that only dead letters copy theirs.
    private let storage: [UInt8]
    private let range: Range<Int>

    /// - Parameters:
    ///   - content: the decoded message.
    ///   - partition: the partition of the message.
    ///   - offset: the offset in the partition.
    ///   - appendedAt: the time at which the queue accepted the message.
    ///   - schemaVersion: the message's schema version, if its producer stated one.
    ///   - trace: the trace of the request that sent the message.
    ///   - storage: bytes that contain the message.
    ///   - range: the range of the message in `storage`.
    package init(
        _ content: Content,
        partition: Int,
        offset: Int64,
        appendedAt: Timestamp,
        schemaVersion: String? = nil,
        trace: TraceContext? = nil,
        storage: [UInt8],
        range: Range<Int>
    ) {
        self.content = content
        self.partition = partition
        self.offset = offset
        self.appendedAt = appendedAt
        self.schemaVersion = schemaVersion
        self.trace = trace
        self.storage = storage
        self.range = range
    }

    /// The location, if the message could be decoded.
    package var location: Location? {
        if case .location(let location) = content { location } else { nil }
    }

    /// The message as a dead letter.
    package func deadLetter(_ reason: DeadLetterReason) -> DeadLetter {
        DeadLetter(
            partition: partition,
            offset: offset,
            reason: reason,
            personID: location?.report.personID,
            appendedAt: appendedAt,
            schemaVersion: schemaVersion,
            trace: trace,
            payload: Array(storage[range])
        )
    }
}
