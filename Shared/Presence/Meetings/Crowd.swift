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
        var companions = [Float](repeating: Float(settings.companions), count: stays.count)
        for _ in 0..<Self.steps {
            let before = companions
            let found = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { Self.companions(of: $0, stays, grid, density, before, settings) }
            }.flatMap { $0 }
            let sums = grid.sums(of: found, stays)
            companions = await Parallel.map(stays.indices, workers: workers) { part in
                part.map { index in
                    let place = grid.mean(of: sums, around: index, within: Self.radius)
                    let sum = settings.companions * Self.doubt + Double(found[index]) + place.mean * place.persons
                    return Float(sum / (Self.doubt + 1 + place.persons))
                }
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
}
