/// The radius around a reported place that contains the true place with a probability of 68 %, in whole metres, rounded
/// up.
///
/// Phones report it with a location, as Android defines it. A fraction of a metre is far below what a receiver can
/// measure. The minimum is 1 m, also for a phone that reports 0, so that a column can use 0 for a location without an
/// accuracy.
package struct Accuracy: Hashable, Comparable, Sendable {
    /// Metres, from 1 to 65,535.
    package let metres: UInt16

    /// The accuracy of a location whose device does not know where it is: 65,535 m or more.
    package static let boundless = Accuracy(unchecked: 65_535)

    private init(unchecked metres: UInt16) {
        self.metres = metres
    }

    /// Rounds a phone's value up to a whole number of metres from 1 to 65,535; greater values become 65,535.
    ///
    /// `nil` if it is negative, infinite or not a number: some phones report an unknown accuracy in this way.
    package init?(metres: Double) {
        guard metres >= 0, metres.isFinite else { return nil }
        self.metres = UInt16(min(max(metres.rounded(.up), 1), 65_535))
    }

    /// Reads a stored number of whole metres; `nil` unless it is from 1 to 65,535.
    package init?(wholeMetres: some BinaryInteger) {
        guard let metres = UInt16(exactly: wholeMetres), metres > 0 else { return nil }
        self.metres = metres
    }

    package static func < (left: Accuracy, right: Accuracy) -> Bool {
        left.metres < right.metres
    }

    /// The valid values, for error messages.
    package static let expectation = "a number of metres, 0 or more"
}
