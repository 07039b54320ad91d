/// Properties that make a simulated event resemble a real one; an event without any trait has one plain phone for each attendee.
///
/// All traits but ``strolls`` change phones only: the walks and the true meetings stay as they are without them.
package struct SimulationTraits: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Friends walk through the halls side by side, 0.4 to 1 m apart, for minutes.
    package static let strolls = SimulationTraits(rawValue: 1)
    /// One phone in five reports rarely: every 5 to 10 minutes, or only after it has moved by 15 to 40 m.
    package static let sparsePhones = SimulationTraits(rawValue: 2)
    /// One attendee in twelve carries a second phone.
    package static let secondPhones = SimulationTraits(rawValue: 4)
    /// One phone's clock in five is off by 1 to 30 s, one in twenty by 30 s to 4 minutes.
    package static let wrongClocks = SimulationTraits(rawValue: 8)
    /// Phones know their place within 5 to 30 m, depending on where they are.
    package static let indoors = SimulationTraits(rawValue: 16)

    /// Every trait.
    package static let all: SimulationTraits = [.strolls, .sparsePhones, .secondPhones, .wrongClocks, .indoors]

    /// The traits by the names that the command line uses.
    package static let named: [(name: String, trait: SimulationTraits)] = [
        ("strolls", .strolls), ("sparse-phones", .sparsePhones), ("second-phones", .secondPhones),
        ("wrong-clocks", .wrongClocks), ("indoors", .indoors),
    ]

    /// Reads names separated by commas, `all` or `none`; `nil` if a name is unknown.
    package init?(_ text: String) {
        switch text {
        case "all": self = .all
        case "none": self = []
        default:
            var traits: SimulationTraits = []
            for name in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let trait = Self.named.first(where: { $0.name == name })?.trait else { return nil }
                traits.insert(trait)
            }
            self = traits
        }
    }
}
