/// A person's number: a positive 32-bit integer.
///
/// It says again what ``RowNumber`` says of all numbers, because modules that read millions of them need it without generics.
package struct PersonID: RowNumber {
    /// The number, from 1 to 2³¹ − 1.
    package let rawValue: Int32

    /// `nil` unless the number is from 1 to 2³¹ − 1.
    package init?(rawValue: some BinaryInteger) {
        guard let value = Int32(exactly: rawValue), value > 0 else { return nil }
        self.rawValue = value
    }

    /// Skips the check for a number that was already valid.
    package init(stored rawValue: Int32) {
        self.rawValue = rawValue
    }

    package static func < (left: PersonID, right: PersonID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The valid numbers, for error messages.
    package static let expectation = "an integer from 1 to 2147483647"
}

/// A device's number among the devices of its person, from 1 to 255; 0 for a location without a device.
///
/// A registration assigns the smallest free number, so that the number of a removed device may be reused.
package struct DeviceNumber: Hashable, Comparable, Sendable {
    /// The number.
    package let rawValue: UInt8

    /// No device: the location came over REST or gRPC.
    package static let none = DeviceNumber(stored: 0)
    /// The number of all imported files; registered devices stay far below.
    package static let imported = DeviceNumber(stored: 255)

    /// `nil` unless the number is from 1 to 255.
    package init?(rawValue: some BinaryInteger) {
        guard let value = UInt8(exactly: rawValue), value > 0 else { return nil }
        self.rawValue = value
    }

    /// Skips the check for 0 or a number that was already valid.
    package init(stored rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static func < (left: DeviceNumber, right: DeviceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A location's number.
///
/// A location from the queue is numbered by its position: 2³² + offset × 64 + partition. The number is known as soon as
/// the queue has accepted the location, needs no sequence, and is exact in JavaScript up to 2⁵³. Numbers below 2³²
/// belong to locations of the legacy system.
package struct LocationID: Hashable, Comparable, Sendable {
    /// The number, from 1 to 2⁵³ − 1.
    package let rawValue: Int64

    /// The smallest number of a location from the queue.
    package static let leastQueued: Int64 = 1 << 32
    /// The maximum number of partitions.
    package static let partitions = 64

    /// `nil` unless the number is from 1 to 2⁵³ − 1.
    package init?(rawValue: Int64) {
        guard (1..<1 << 53).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// Skips the check for a number that was already valid.
    package init(stored rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The number of a position in the queue; `nil` if the numbering has no such position.
    package init?(partition: Int, offset: Int64) {
        guard (0..<Self.partitions).contains(partition), (0..<1 << 46).contains(offset) else { return nil }
        self.init(rawValue: Self.leastQueued + offset * Int64(Self.partitions) + Int64(partition))
    }

    /// The position in the queue; `nil` for a number of the legacy system.
    package var place: (partition: Int, offset: Int64)? {
        guard rawValue >= Self.leastQueued else { return nil }
        let (offset, partition) = (rawValue - Self.leastQueued).quotientAndRemainder(dividingBy: Int64(Self.partitions))
        return (Int(partition), offset)
    }

    package static func < (left: LocationID, right: LocationID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The valid numbers, for error messages.
    package static let expectation = "an integer from 1 to 9007199254740991"
}
