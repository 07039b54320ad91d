/// A distance within which people count as close, in metres: 0 to 10,000, the bound itself included.
package struct Radius: Hashable, Sendable {
    /// Metres.
    package let metres: Double

    /// What is asked for if nothing is said.
    package static let standard = Radius(unchecked: 5)

    /// Takes metres; `nil` if they are not from 0 to 10,000.
    package init?(metres: Double) {
        guard (0...10_000).contains(metres) else { return nil }
        self.metres = metres
    }

    private init(unchecked metres: Double) {
        self.metres = metres
    }

    /// What a valid radius is, for error messages.
    package static let expectation = "a number of metres from 0 to 10000"
}
