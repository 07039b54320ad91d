package import LocationProtocol
package import Models
package import Observability

/// Puts messages into the queue.
package protocol LocationQueueProducer: Sendable {
    /// Appends messages, those of a person in their order.
    ///
    /// - Parameters:
    ///   - messages: what is appended.
    ///   - trace: the trace that they belong to, where the queue can carry it along.
    /// - Returns: the number of each location, in the order of the messages: each has its place, durably.
    /// - Throws: ``LocationQueueError``; then any of the messages may be in the queue or not, and the sender repeats them
    ///   all: what arrives twice is recognised by person, device, time and place.
    func append(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID]

    /// Appends messages as bytes, each on its person's partition, such as those that had been buried.
    func append(raw messages: [RawMessage]) async throws(LocationQueueError)
}

/// A message that is put into the queue as it is.
package struct RawMessage: Sendable {
    /// Whom it is about; without that, any partition takes it.
    package let key: PersonID?
    /// What came with it, where the queue can carry it along.
    package let context: MessageContext
    /// The message.
    package let bytes: [UInt8]

    /// Joins the three.
    package init(key: PersonID?, context: MessageContext = MessageContext(), bytes: [UInt8]) {
        self.key = key
        self.context = context
        self.bytes = bytes
    }
}

extension LocationQueueProducer {
    /// Appends messages that belong to no trace.
    package func append(_ messages: [LocationMessage]) async throws(LocationQueueError) -> [LocationID] {
        try await append(messages, trace: nil)
    }
}

/// Takes messages out of the queue as one member of a group that shares the partitions.
///
/// The queue keeps no offsets: the caller does, next to what it makes of the messages.
package protocol LocationQueueConsumer: Sendable {
    /// The next messages of the partitions that are this member's, each partition's in order and without a gap.
    ///
    /// Waits until there are some, or for about a second.
    func poll() async throws -> [QueueBatch]

    /// Makes the next ``poll()`` go on from the offsets that the caller has stored, because a batch could not be.
    func seekToStoredOffsets()

    /// Is told what has been stored; a queue that others measure passes it on to them, and none goes by it.
    func noteStored(_ batches: [QueueBatch])

    /// Leaves the group, so that the others take over at once.
    func leave() async
}

/// Follows the whole queue, beside those who consume it.
package protocol LocationQueueTail: Sendable {
    /// Hears of messages as soon as they are there, for as long as ``next()`` is called; without it, that is later.
    func run() async throws

    /// The next messages of all partitions, each partition's in order and without a gap.
    ///
    /// Waits until there are some, or for about a second.
    ///
    /// - Throws: ``LocationQueueError`` with `offsetOutOfRange` if the queue no longer reaches back that far.
    func next() async throws -> [QueueBatch]
}

/// The queue as its keeper sees it.
package protocol LocationQueueLog: Sendable {
    /// Which queue it is, so that offsets of another one are not taken for its own.
    func identity() async throws -> String

    /// The offset behind the last message, by partition.
    func ends() async throws -> [Int: Int64]

    /// Removes what is older than `age` and lies before the offsets that were stored, where the queue does not do that
    /// by itself; returns how many pieces.
    func removeBlocks(olderThan age: Duration, before offsets: [Int: Int64]) async throws -> Int
}

/// Messages of one partition, one behind the other.
package struct QueueBatch: Sendable {
    /// The partition.
    package let partition: Int
    /// The messages in the order of their offsets; those that were erased are missing.
    package var messages: [QueuedMessage]
    /// The offset before the first message, which is the one to go on from if the batch is lost.
    package let start: Int64
    /// The offset behind the last message.
    package var end: Int64

    /// The message at an offset, by bisection; `nil` if there is none.
    package func message(at offset: Int64) -> QueuedMessage? {
        var range = messages.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if messages[middle].offset == offset { return messages[middle] }
            range = messages[middle].offset < offset ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}

/// A message with its place in the queue.
package struct QueuedMessage: Sendable {
    /// The place within the partition.
    package let offset: Int64
    /// When the queue took it.
    package let appendedAt: Timestamp
    /// What came with it.
    package var context = MessageContext()
    /// The bytes that hold the message, among others.
    let storage: [UInt8]
    /// Where in `storage` the message is.
    let range: Range<Int>

    /// The message's bytes.
    package var bytes: [UInt8] { Array(storage[range]) }

    /// Reads the message.
    package func decoded() throws(LocationMessageError) -> DecodedLocation {
        guard context.isUnderstood else { throw LocationMessageError(.unknownSchemaVersion) }
        // Typed throws do not pass through withUnsafeBytes.
        let result = storage.withUnsafeBytes { buffer in
            Result { () throws(LocationMessageError) in
                try DecodedLocation(UnsafeRawBufferPointer(rebasing: buffer[range]), appendedAt: appendedAt)
            }
        }
        return try result.get()
    }
}

/// Why the queue did not do what it was asked for.
package struct LocationQueueError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// Too many messages are waiting to be appended: come again in a moment.
        case full
        /// The disk of the queue is nearly full.
        case storageLow
        /// The queue cannot be reached or does not answer in time.
        case unavailable
        /// The queue has been told to stop.
        case stopped
        /// The log begins behind an offset, or ends before it: what lies between is lost to this reader.
        case offsetOutOfRange
        /// The queue is not what this program expects.
        case misconfigured
    }

    /// The kind of failure.
    package let code: Code
    /// What caused it, if that was another error.
    package let cause: (any Error)?

    /// Makes an error of a kind.
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
