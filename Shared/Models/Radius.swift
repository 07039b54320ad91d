/// A distance within which two locations count as close, in metres, from 0 to 10,000.
package struct Radius: Hashable, Sendable {
    /// Metres.
    package let metres: Double

    /// The default.
    package static let standard = Radius(unchecked: 5)

    /// `nil` unless the metres are from 0 to 10,000.
    package init?(metres: Double) {
        guard (0...10_000).contains(metres) else { return nil }
        self.metres = metres
    }

    private init(unchecked metres: Double) {
        self.metres = metres
    }

    /// The valid distances, for error messages.
    package static let expectation = "a number of metres from 0 to 10000"
}
