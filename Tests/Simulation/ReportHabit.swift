/// When a phone reports, how far its clock is off, and whether its owner carries another phone.
///
/// What the traits of an event change about one phone.
struct ReportHabit: Sendable {
    /// Seconds between two fixes; `nil` for the phone's own interval.
    var interval: Int?
    /// Metres between two fixes below which the phone keeps silent.
    var leastMove = 0.0
    /// Milliseconds by which the clock is ahead.
    var clockError = 0
    /// Whether the owner carries a second phone.
    var hasCompanion = false

    /// Seconds between two looks of a phone that reports only moves.
    private static let lookInterval = 20

    init(of owner: Int, device: Int, seed: UInt64, traits: SimulationTraits) {
        guard !traits.isEmpty else { return }
        var generator = Xoshiro256(seed: seed, stream: RandomStream.traits(of: owner, device: device))
        // Every number is drawn in every case: a trait leaves what the others do as it is.
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
