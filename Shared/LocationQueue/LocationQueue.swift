package import LocationProtocol
package import Models
package import Observability

/// Puts messages into the queue.
package protocol LocationQueueProducer: Sendable {
    /// Appends messages, those of a person in their order.
    ///
    /// - Parameters:
    ///   - messages: the messages to append.
    ///   - trace: their trace, if the queue can carry it.
    /// - Returns: the id of each location in the order of the messages, which are now durable.
    /// - Throws: ``LocationQueueError``; then each message may be in the queue or not, and the sender repeats them all.
    ///   A repeat is recognised by person, device, time and place.
    func append(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID]

    /// Appends encoded messages, each to its person's partition, for example dead letters.
    func append(raw messages: [RawMessage]) async throws(LocationQueueError)
}

/// An encoded message to append as it is.
package struct RawMessage: Sendable {
    /// The person; without one, any partition will do.
    package let key: PersonID?
    /// The context, if the queue can carry it.
    package let context: MessageContext
    /// The message.
    package let bytes: [UInt8]

    /// A message with its key and context.
    package init(key: PersonID?, context: MessageContext = MessageContext(), bytes: [UInt8]) {
        self.key = key
        self.context = context
        self.bytes = bytes
    }
}

extension LocationQueueProducer {
    /// Appends messages without a trace.
    package func append(_ messages: [LocationMessage]) async throws(LocationQueueError) -> [LocationID] {
        try await append(messages, trace: nil)
    }
}

/// Consumes the queue as one member of a group that shares the partitions.
///
/// The queue does not keep offsets: the caller stores them with the results.
package protocol LocationQueueConsumer: Sendable {
    /// The next messages of this member's partitions, in order and without a gap within each partition.
    ///
    /// Waits for messages for about a second.
    func poll() async throws -> [QueueBatch]

    /// Makes the next ``poll()`` continue from the stored offsets, because storing a batch failed.
    func seekToStoredOffsets()

    /// Reports stored offsets to the queue, for lag monitoring only; never read back.
    func noteStored(_ batches: [QueueBatch])

    /// Leaves the group, so that other members take over at once.
    func leave() async
}

/// Follows the whole queue, independently of its consumers.
package protocol LocationQueueTail: Sendable {
    /// Wakes ``next()`` as soon as there are messages; without it, ``next()`` notices them later.
    func run() async throws

    /// The next messages of all partitions, in order and without a gap within each partition.
    ///
    /// Waits for messages for about a second.
    ///
    /// - Throws: ``LocationQueueError`` with `offsetOutOfRange` if the queue no longer has the offset.
    func next() async throws -> [QueueBatch]
}

/// The administration of the queue.
package protocol LocationQueueLog: Sendable {
    /// The identity of the queue, so that offsets of another one are not mistaken for its own.
    func identity() async throws -> String

    /// The offset after the last message, by partition.
    func ends() async throws -> [Int: Int64]

    /// Removes blocks older than `age` and before the stored offsets, if the queue does not do that by itself; returns
    /// how many.
    func removeBlocks(olderThan age: Duration, before offsets: [Int: Int64]) async throws -> Int
}

/// Consecutive messages of one partition.
package struct QueueBatch: Sendable {
    /// The partition.
    package let partition: Int
    /// The messages in the order of their offsets, without erased ones.
    package var messages: [QueuedMessage]
    /// The offset to continue from if the batch is lost.
    package let start: Int64
    /// The offset after the last message.
    package var end: Int64

    /// Finds the message at an offset, by bisection; `nil` if there is none.
    package func message(at offset: Int64) -> QueuedMessage? {
        var range = messages.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if messages[middle].offset == offset { return messages[middle] }
            range = messages[middle].offset < offset ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}

/// A message with its offset.
package struct QueuedMessage: Sendable {
    /// The offset in the partition.
    package let offset: Int64
    /// When the queue accepted it.
    package let appendedAt: Timestamp
    /// The context of the message.
    package var context = MessageContext()
    /// Bytes that contain the message, among others.
    let storage: [UInt8]
    /// The range of the message in `storage`.
    let range: Range<Int>

    /// The message's bytes.
    package var bytes: [UInt8] { Array(storage[range]) }

    /// Decodes the message.
    package func decoded() throws(LocationMessageError) -> DecodedLocation {
        guard context.isUnderstood else { throw LocationMessageError(.unknownSchemaVersion) }
        // withUnsafeBytes does not support typed throws.
        let result = storage.withUnsafeBytes { buffer in
            Result { () throws(LocationMessageError) in
                try DecodedLocation(UnsafeRawBufferPointer(rebasing: buffer[range]), appendedAt: appendedAt)
            }
        }
        return try result.get()
    }
}

/// A failure of the queue.
package struct LocationQueueError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// Too many messages wait to be appended; retry shortly.
        case full
        /// The disk of the queue is nearly full.
        case storageLow
        /// The queue cannot be reached or does not answer in time.
        case unavailable
        /// The queue has been stopped.
        case stopped
        /// The log begins after an offset or ends before it, so this reader would lose messages.
        case offsetOutOfRange
        /// The queue is not as this program expects.
        case misconfigured
    }

    /// The kind of failure.
    package let code: Code
    /// The error that caused it, if any.
    package let cause: (any Error)?

    /// An error of a kind.
    package init(_ code: Code, cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
    }

    /// A sentence that names the next step.
    package var description: String {
        switch code {
        case .full: "The queue takes no more messages at this moment: try again shortly."
        case .storageLow: "The disk is nearly full, so locations are refused for now: try again later."
        case .unavailable: "The queue cannot be reached: try again shortly."
        case .stopped: "The queue is shutting down: try again with another instance."
        case .offsetOutOfRange:
            "The queue does not hold the offset that the database is at: restore the queue, or set the offset by hand."
        case .misconfigured: "The queue has no partitions, or more than 64: check its configuration."
        }
    }
}
