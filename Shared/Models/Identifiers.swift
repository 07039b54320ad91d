/// An attendee's number: a positive 32-bit integer.
package struct PersonID: Hashable, Comparable, Sendable {
    /// The number, from 1 to 2³¹ − 1.
    package let rawValue: Int32

    /// Takes a number; `nil` if it is not from 1 to 2³¹ − 1.
    package init?(rawValue: some BinaryInteger) {
        guard let value = Int32(exactly: rawValue), value > 0 else { return nil }
        self.rawValue = value
    }

    /// Takes a number that was a person's before, which is not checked again.
    package init(stored rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static func < (left: PersonID, right: PersonID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// What a valid number is, for error messages.
    package static let expectation = "an integer from 1 to 2147483647"
}

/// A device's number among the devices of its person, from 1 to 255; 0 for a location that came without a device.
///
/// Registration gives the smallest free number. A device that is registered after another one was removed may get the
/// removed device's number.
package struct DeviceNumber: Hashable, Comparable, Sendable {
    /// The number.
    package let rawValue: UInt8

    /// No device: the location came over REST or gRPC.
    package static let none = DeviceNumber(stored: 0)

    /// Takes a number; `nil` if it is not from 1 to 255.
    package init?(rawValue: some BinaryInteger) {
        guard let value = UInt8(exactly: rawValue), value > 0 else { return nil }
        self.rawValue = value
    }

    /// Takes a number that was a device's before, or 0, which is not checked again.
    package init(stored rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static func < (left: DeviceNumber, right: DeviceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A location's number.
///
/// What came through the queue is numbered by its place there, 2³² + offset × 64 + partition: known as soon as the queue
/// has it, without a sequence, exact in JavaScript up to 2⁵³, and never one of the numbers below 2³² that were given
/// out before there was a queue.
package struct LocationID: Hashable, Comparable, Sendable {
    /// The number, from 1 to 2⁵³ − 1.
    package let rawValue: Int64

    /// The least number of a location that came through the queue.
    package static let leastQueued: Int64 = 1 << 32
    /// How many partitions the numbering has room for.
    package static let partitions = 64

    /// Takes a number; `nil` if it is not from 1 to 2⁵³ − 1.
    package init?(rawValue: Int64) {
        guard (1..<1 << 53).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// Takes a number that was a location's before, which is not checked again.
    package init(stored rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The number of a place in the queue; `nil` for a place that no queue of this numbering has.
    package init?(partition: Int, offset: Int64) {
        guard (0..<Self.partitions).contains(partition), (0..<1 << 46).contains(offset) else { return nil }
        self.init(rawValue: Self.leastQueued + offset * Int64(Self.partitions) + Int64(partition))
    }

    /// The place in the queue; `nil` for a number that was given out before there was one.
    package var place: (partition: Int, offset: Int64)? {
        guard rawValue >= Self.leastQueued else { return nil }
        let (offset, partition) = (rawValue - Self.leastQueued).quotientAndRemainder(dividingBy: Int64(Self.partitions))
        return (Int(partition), offset)
    }

    package static func < (left: LocationID, right: LocationID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// What a valid number is, for error messages.
    package static let expectation = "an integer from 1 to 9007199254740991"
}
