/// A positive 32-bit integer that numbers rows of one kind.
package protocol RowNumber: Hashable, Comparable, Sendable {
    /// The number, from 1 to 2³¹ − 1.
    var rawValue: Int32 { get }

    /// Skips the check for a number that was already valid.
    init(stored rawValue: Int32)
}

extension RowNumber {
    /// `nil` unless the number is from 1 to 2³¹ − 1.
    package init?(rawValue: some BinaryInteger) {
        guard let value = Int32(exactly: rawValue), value > 0 else { return nil }
        self.init(stored: value)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The valid numbers, for error messages.
    package static var expectation: String { "an integer from 1 to 2147483647" }
}

/// An event's number.
package struct EventID: RowNumber {
    package let rawValue: Int32

    package init(stored rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The event that exists from the start: everywhere, at any time.
    package static let standard = EventID(stored: 1)
}

/// A zone's number, unique among the zones of all events.
package struct ZoneID: RowNumber {
    package let rawValue: Int32

    package init(stored rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A programme session's number, unique among the sessions of all events.
package struct SessionID: RowNumber {
    package let rawValue: Int32

    package init(stored rawValue: Int32) {
        self.rawValue = rawValue
    }
}
