/// Who else was there: for each stay how many persons stood around, and how many of these were companions.
///
/// The density counts the others within 20 m by the share of the stay's time that they were there. How sociable a place is
/// shows in it: more neighbours at a companion's distance than the density explains are companions. One step of expectation
/// and maximisation from the assumed number tells how many, averaged over the place with a few stays' weight of doubt.
struct Crowd: Sendable {
    /// Persons a square metre around each stay.
    let densities: [Float]
    /// Companions of each stay's person at its place.
    let companions: [Float]

    /// How far from a stay others are counted, in metres.
    private static let radius = 20.0
    /// How many stays the assumed number of companions counts as.
    private static let doubt = 5.0

    /// Counts everybody.
    ///
    /// - Parameters:
    ///   - stays: all stays.
    ///   - grid: the same, by place.
    ///   - settings: what the model assumes.
    ///   - workers: how many tasks share the work.
    init(_ stays: [Stay], _ grid: StayGrid, settings: PresenceSettings, workers: Int) async {
        let densities = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { Self.density(around: $0, stays, grid) }
        }.flatMap { $0 }
        let found = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { Self.companions(of: $0, stays, grid, densities, settings) }
        }.flatMap { $0 }
        self.densities = densities
        companions = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { Self.mean(of: found, around: $0, stays, grid, settings) }
        }.flatMap { $0 }
    }

    private static func density(around index: Int, _ stays: [Stay], _ grid: StayGrid) -> Float {
        var time: Int64 = 0
        grid.forEachNeighbour(of: index, within: radius) { time += $0.common }
        return Float(Double(time) / stays[index].duration / (Double.pi * radius * radius))
    }

    /// How many of the others at a place were companions, if the assumed number was right before.
    private static func companions(
        of index: Int,
        _ stays: [Stay],
        _ grid: StayGrid,
        _ densities: [Float],
        _ settings: PresenceSettings
    ) -> Float {
        let stay = stays[index]
        var sum = 0.0
        grid.forEachNeighbour(of: index, within: Companionship.reach(stay.deviation, settings)) { other in
            let deviation = stays[other.index].deviation
            let share = Companionship(
                distance: Double(other.distance),
                variance: Double(stay.deviation * stay.deviation + deviation * deviation),
                density: Double((densities[index] + densities[other.index]) / 2),
                companions: settings.companions,
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
        grid.forEachNeighbour(of: index, within: radius) { other in
            sum += Double(other.common) * Double(found[other.index])
            time += Double(other.common)
        }
        let (own, assumed) = (Double(found[index]), settings.companions * doubt)
        let duration = stays[index].duration
        return Float((assumed + own + sum / duration) / (doubt + 1 + time / duration))
    }
}

extension Stay {
    /// Microseconds from the earliest to the latest moment, 1 at least.
    fileprivate var duration: Double { Double(max(latest - earliest, 1)) }
}
