/// The number of persons around each stay, and the number of companions among them.
///
/// If a place has more neighbours at a companion's distance than its density explains, the excess are companions.
/// Expectation–maximisation, starting from the prior, estimates their number for the place. The prior counts as a few stays.
struct Crowd: Sendable {
    /// The density around each stay.
    let density: CrowdDensity
    /// The number of companions of each stay's person at its place.
    let companions: [Float]

    /// Weight of the prior number of companions, in stays.
    private static let priorWeight = 3.0
    /// The cells within this distance of a stay, in metres, form its place.
    private static let radius = 3.0
    /// Number of iterations.
    ///
    /// More would find companions among the strangers of a dense crowd.
    private static let iterations = 2

    /// Counts the persons around all stays.
    ///
    /// - Parameters:
    ///   - stays: all stays.
    ///   - grid: the same stays, by place.
    ///   - settings: the model's assumptions.
    ///   - workers: the number of concurrent tasks.
    init(_ stays: [Stay], _ grid: StayGrid, settings: PresenceSettings, workers: Int) async {
        let density = await CrowdDensity(stays, grid, workers: workers)
        let neighbours = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { CompanionCandidates(of: $0, stays, grid, density, settings) }
        }.flatMap { $0 }
        var places = PlaceMeans(stays)
        var companions = [Float](repeating: Float(settings.companions), count: stays.count)
        for _ in 0..<Self.iterations {
            let found = neighbours.indices.map { neighbours[$0].expected(of: companions[$0], companions) }
            places.average(found)
            let means = places
            companions = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { index in
                    let place = means.mean(around: stays[index], within: Self.radius)
                    let sum = settings.companions * Self.priorWeight + Double(found[index]) + place.mean * place.persons
                    return Float(sum / (Self.priorWeight + 1 + place.persons))
                }
            }.flatMap { $0 }
        }
        self.density = density
        self.companions = companions
    }
}

/// The possible companions during a stay, with the likelihood ratio of each.
private struct CompanionCandidates: Sendable {
    private struct Candidate: Sendable {
        let stay: Int32
        /// The share of the stay's time in which both were there.
        let share: Float
        let odds: CompanionOdds
    }

    private var candidates: [Candidate] = []

    init(of index: Int, _ stays: [Stay], _ grid: StayGrid, _ density: CrowdDensity, _ settings: PresenceSettings) {
        let stay = stays[index]
        grid.forEachNeighbour(of: index, within: Companionship.reach(stay.deviation, settings)) { other in
            candidates.append(
                Candidate(
                    stay: Int32(truncatingIfNeeded: other.index),
                    share: Float(Double(other.common) / stay.duration),
                    odds: CompanionOdds(
                        distance: Double(other.distance),
                        variance: Double(stay.deviation * stay.deviation + other.deviation * other.deviation),
                        density: Double(density.around(index, and: other, stays)),
                        settings: settings
                    )
                )
            )
        }
    }

    /// The expected number of companions, averaged over the stay, given the current number of companions of each stay.
    func expected(of own: Float, _ companions: [Float]) -> Float {
        candidates.reduce(0) { sum, candidate in
            sum + candidate.share * candidate.odds.share(companions: (own + companions[Int(candidate.stay)]) / 2)
        }
    }
}
