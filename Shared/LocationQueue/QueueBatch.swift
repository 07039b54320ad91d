package import LocationProtocol
package import Models

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

    /// Decodes a message of the batch; returns its location, and whether its axes were swapped.
    package func location(
        of message: QueuedMessage
    ) throws(LocationMessageError) -> (location: Location, wereAxesSwapped: Bool) {
        guard let id = LocationID(partition: partition, offset: message.offset) else {
            throw LocationMessageError(.malformedRecord)
        }
        let decoded = try message.decoded()
        return (Location(id: id, report: decoded.message.report), decoded.wereAxesExchanged)
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
    package let storage: [UInt8]
    /// The range of the message in `storage`.
    package let range: Range<Int>

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
