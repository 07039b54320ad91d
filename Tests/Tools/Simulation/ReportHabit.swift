/// The effects of traits on one phone: its reports, its clock, and whether the owner carries another one.
///
/// Without traits, nothing changes.
struct ReportHabit: Sendable {
    /// Seconds between two fixes; `nil` for the phone's own interval.
    var interval: Int?
    /// The minimum distance between two reported fixes, in metres.
    var leastMove = 0.0
    /// Milliseconds by which the clock is ahead.
    var clockError = 0
    /// Whether the owner carries a second phone.
    var hasCompanion = false

    /// The interval in which a phone that reports only moves checks its position, in seconds.
    private static let lookInterval = 20

    init(of owner: Int, device: Int, seed: UInt64, traits: SimulationTraits) {
        guard !traits.isEmpty else { return }
        var generator = Xoshiro256(seed: seed, stream: RandomStream.traits(of: owner, device: device))
        // All numbers are drawn in any case, so that traits do not influence each other.
        let companion = generator.unit()
        let sparseness = generator.unit()
        let interval = generator.integer(in: 300...600)
        let leastMove = generator.uniform(15...40)
        let clock = generator.unit()
        let seconds = generator.integer(in: 1_000...30_000)
        let minutes = generator.integer(in: 30_000...240_000)
        let isAhead = generator.chance(0.5)

        hasCompanion = traits.contains(.secondPhones) && device == 0 && companion < 1.0 / 12
        if traits.contains(.sparsePhones) {
            if sparseness < 0.12 {
                self.interval = interval
            } else if sparseness < 0.2 {
                self.interval = Self.lookInterval
                self.leastMove = leastMove
            }
        }
        if traits.contains(.wrongClocks), clock < 0.25 {
            clockError = (clock < 0.05 ? minutes : seconds) * (isAhead ? 1 : -1)
        }
    }
}
