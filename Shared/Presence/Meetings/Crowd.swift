/// Who else was there: for each stay how many persons stood around, and how many of these were companions.
///
/// The density counts the others within 20 m by the share of the stay's time that they were there. How sociable a place is
/// shows in it: more neighbours at a companion's distance than the density explains are companions. One step of expectation
/// and maximisation from the assumed number tells how many, averaged over the place with a few stays' weight of doubt.
struct Crowd: Sendable {
    /// Persons a square metre around each stay.
    private(set) var densities: [Float] = []
    /// Companions of each stay's person at its place.
    private(set) var companions: [Float] = []

    /// How far from a stay others are counted, in metres.
    private static let radius = 20.0
    /// How many stays the assumed number of companions counts as.
    private static let doubt: Float = 5

    init(_ stays: [Stay], _ grid: StayGrid, settings: PresenceSettings) {
        let area = Float(Double.pi * Self.radius * Self.radius)
        densities.reserveCapacity(stays.count)
        for (index, stay) in stays.enumerated() {
            let own = Float(max(stay.latest - stay.earliest, 1))
            var time: Float = 0
            grid.forEachNeighbour(of: index, within: Self.radius) { other in
                if stays[other.index].key.person != stay.key.person { time += Float(other.common) / own }
            }
            densities.append(time / area)
        }
        let found = stays.indices.map { Self.companions(of: $0, stays, grid, densities, settings) }
        companions.reserveCapacity(stays.count)
        for (index, stay) in stays.enumerated() {
            let own = Float(max(stay.latest - stay.earliest, 1))
            var (sum, weight) = (Float(settings.companions) * Self.doubt + found[index], Self.doubt + 1)
            grid.forEachNeighbour(of: index, within: Self.radius) { other in
                guard stays[other.index].key.person != stay.key.person else { return }
                sum += Float(other.common) / own * found[other.index]
                weight += Float(other.common) / own
            }
            companions.append(sum / weight)
        }
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
        let own = Float(max(stay.latest - stay.earliest, 1))
        var sum: Float = 0
        grid.forEachNeighbour(of: index, within: Companionship.reach(stay.deviation, settings)) { other in
            let neighbour = stays[other.index]
            guard neighbour.key.person != stay.key.person else { return }
            let share = Companionship(
                distance: Double(other.distance),
                variance: Double(stay.deviation * stay.deviation + neighbour.deviation * neighbour.deviation),
                density: Double((densities[index] + densities[other.index]) / 2),
                companions: settings.companions,
                settings: settings
            ).share
            sum += Float(other.common) / own * Float(share)
        }
        return sum
    }
}
