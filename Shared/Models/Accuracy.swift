/// The radius around a reported place that holds the true one with a probability of 68 %, in whole metres, rounded up.
///
/// What phones give with a location, defined as Android does. A fraction of a metre is far below what a receiver can
/// tell. There is no 0: the least is 1 m, which is also what a phone is held to that claims to know the place exactly, so
/// that a column may hold 0 for a location without accuracy.
package struct Accuracy: Hashable, Comparable, Sendable {
    /// Metres, from 1 to 65,535.
    package let metres: UInt16

    /// The accuracy of a location whose device says that it does not know where it is: 65,535 m or more.
    package static let boundless = Accuracy(unchecked: 65_535)

    private init(unchecked metres: UInt16) {
        self.metres = metres
    }

    /// Takes what a phone says, in metres: rounded up to a whole number from 1 to 65,535, what lies beyond included.
    ///
    /// `nil` if it is negative, infinite or not a number: some phones say so that they do not know.
    package init?(metres: Double) {
        guard metres >= 0, metres.isFinite else { return nil }
        self.metres = UInt16(min(max(metres.rounded(.up), 1), 65_535))
    }

    /// Takes a number of whole metres as it was stored; `nil` if it is not from 1 to 65,535.
    package init?(wholeMetres: some BinaryInteger) {
        guard let metres = UInt16(exactly: wholeMetres), metres > 0 else { return nil }
        self.metres = metres
    }

    package static func < (left: Accuracy, right: Accuracy) -> Bool {
        left.metres < right.metres
    }

    /// What a valid accuracy is, for error messages.
    package static let expectation = "a number of metres, 0 or more"
}
