/// Who else was there: for each stay how many persons stood around, and how many of these were companions.
///
/// How sociable a place is shows in its density: more neighbours at a companion's distance than the density explains are
/// companions. Steps of expectation and maximisation from the assumed number tell how many, averaged over the place with a
/// few stays' weight of doubt.
struct Crowd: Sendable {
    /// How many persons stand around.
    let density: CrowdDensity
    /// Companions of each stay's person at its place.
    let companions: [Float]

    /// How many stays the assumed number of companions counts as.
    private static let doubt = 3.0
    /// Cells that are touched so many metres around a stay are its place.
    private static let radius = 3.0
    /// More steps would find a companion in anybody of a dense crowd.
    private static let steps = 2

    /// Counts everybody.
    ///
    /// - Parameters:
    ///   - stays: all stays.
    ///   - grid: the same, by place.
    ///   - settings: what the model assumes.
    ///   - workers: how many tasks share the work.
    init(_ stays: [Stay], _ grid: StayGrid, settings: PresenceSettings, workers: Int) async {
        let density = await CrowdDensity(stays, grid, workers: workers)
        let neighbours = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { CompanionCandidates(of: $0, stays, grid, density, settings) }
        }.flatMap { $0 }
        var places = PlaceMeans(stays)
        var companions = [Float](repeating: Float(settings.companions), count: stays.count)
        for _ in 0..<Self.steps {
            let found = neighbours.indices.map { neighbours[$0].expected(of: companions[$0], companions) }
            places.average(found)
            let means = places
            companions = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { index in
                    let place = means.mean(around: stays[index], within: Self.radius)
                    let sum = settings.companions * Self.doubt + Double(found[index]) + place.mean * place.persons
                    return Float(sum / (Self.doubt + 1 + place.persons))
                }
            }.flatMap { $0 }
        }
        self.density = density
        self.companions = companions
    }
}

/// The others beside whom a stay may have been spent, and how much speaks for each as a companion.
private struct CompanionCandidates: Sendable {
    private struct Candidate: Sendable {
        let stay: Int32
        /// The share of the stay's time that both were there.
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

    /// How many of these are companions, averaged over the stay, if persons have as many companions as is given.
    func expected(of own: Float, _ companions: [Float]) -> Float {
        candidates.reduce(0) { sum, candidate in
            sum + candidate.share * candidate.odds.share(companions: (own + companions[Int(candidate.stay)]) / 2)
        }
    }
}
