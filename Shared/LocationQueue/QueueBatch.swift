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
