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

    /// Leaves the group, so that other members take over at once.
    func leave() async
}

/// Follows the whole queue, independently of its consumers.
package protocol LocationQueueTail: Sendable {
    /// The next messages of all partitions, in order and without a gap within each partition.
    ///
    /// Waits for messages for about a second.
    ///
    /// - Throws: ``LocationQueueError`` with `offsetOutOfRange` if the queue no longer has the offset.
    func next() async throws -> [QueueBatch]
}

/// The log behind the queue.
package protocol LocationQueueLog: Sendable {
    /// The identity of the queue, so that offsets of another one are not mistaken for its own.
    func identity() async throws -> String

    /// The offset after the last message, by partition.
    func ends() async throws -> [Int: Int64]

    /// Follows all partitions from given offsets.
    func tail(from offsets: [Int: Int64]) -> any LocationQueueTail
}
