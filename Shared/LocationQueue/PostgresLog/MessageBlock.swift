internal import Models

/// Messages of one partition as stored in a row of the log: each with its length as a varint before it.
///
/// It is the delimited stream of Protocol Buffers. A row per block instead of a row per message makes the log as fast
/// as the disk, because thousands of messages share the cost of a row.
struct MessageBlock: Sendable {
    /// The maximum number of messages in a block.
    static let maximumCount = 10_000
    /// The number of messages.
    private(set) var count = 0
    /// The messages.
    private(set) var bytes: [UInt8] = []

    /// The approximate size of a message with its length, in bytes.
    private static let usualBytes = 40

    /// Reserves room for messages.
    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(count * Self.usualBytes)
    }

    /// Appends a message that `write` appends to the bytes.
    ///
    /// Nearly all messages are shorter than 128 bytes, so their length takes one byte; only longer ones are moved.
    mutating func append(_ write: (inout [UInt8]) -> Void) {
        let start = bytes.count
        bytes.append(0)
        write(&bytes)
        var length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(truncatingIfNeeded: length)
        } else {
            var prefix: [UInt8] = []
            while length >= 0x80 {
                prefix.append(UInt8(truncatingIfNeeded: length) | 0x80)
                length >>= 7
            }
            prefix.append(UInt8(truncatingIfNeeded: length))
            bytes.replaceSubrange(start...start, with: prefix)
        }
        count += 1
    }

    /// Appends another block's messages.
    mutating func append(contentsOf other: MessageBlock) {
        guard count > 0 else {
            self = other
            return
        }
        count += other.count
        bytes += other.bytes
    }

    /// The ranges of a block's messages; `nil` if the bytes are not a block of `count` messages.
    static func ranges(in bytes: [UInt8], count: Int) -> [Range<Int>]? {
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(count)
        var position = 0
        while position < bytes.count {
            var length = 0
            var shift = 0
            while true {
                guard position < bytes.count, shift < 28 else { return nil }
                let byte = bytes[position]
                position += 1
                length |= Int(byte & 0x7F) << shift
                if byte < 0x80 { break }
                shift += 7
            }
            guard length <= bytes.count - position else { return nil }
            ranges.append(position..<position + length)
            position += length
        }
        return ranges.count == count ? ranges : nil
    }
}
