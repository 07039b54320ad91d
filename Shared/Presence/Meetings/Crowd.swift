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
    private static let doubt = 5.0
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
        var companions = [Float](repeating: Float(settings.companions), count: stays.count)
        for _ in 0..<Self.steps {
            let before = companions
            let found = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { Self.companions(of: $0, stays, grid, density, before, settings) }
            }.flatMap { $0 }
            companions = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { Self.mean(of: found, around: $0, stays, grid, settings) }
            }.flatMap { $0 }
        }
        self.density = density
        self.companions = companions
    }

    /// How many of the others at a place were companions, if the numbers before were right.
    private static func companions(
        of index: Int,
        _ stays: [Stay],
        _ grid: StayGrid,
        _ density: CrowdDensity,
        _ before: [Float],
        _ settings: PresenceSettings
    ) -> Float {
        let stay = stays[index]
        var sum = 0.0
        grid.forEachNeighbour(of: index, within: Companionship.reach(stay.deviation, settings)) { other in
            let deviation = stays[other.index].deviation
            let share = Companionship(
                distance: Double(other.distance),
                variance: Double(stay.deviation * stay.deviation + deviation * deviation),
                density: Double(density.around(index, and: other, stays)),
                companions: Double(before[index] + before[other.index]) / 2,
                settings: settings
            ).share
            sum += Double(other.common) * share
        }
        return Float(sum / stay.duration)
    }

    /// The mean over those who are around a stay, the assumed number among them.
    private static func mean(
        of found: [Float],
        around index: Int,
        _ stays: [Stay],
        _ grid: StayGrid,
        _ settings: PresenceSettings
    ) -> Float {
        var (sum, time) = (0.0, 0.0)
        grid.forEachNeighbour(of: index, within: CrowdDensity.radius) { other in
            sum += Double(other.common) * Double(found[other.index])
            time += Double(other.common)
        }
        let (own, assumed) = (Double(found[index]), settings.companions * doubt)
        let duration = stays[index].duration
        return Float((assumed + own + sum / duration) / (doubt + 1 + time / duration))
    }
}
