/// The density of persons around each stay.
///
/// Each person counts for the share of the stay's time that both have in common.
struct CrowdDensity: Sendable {
    /// Persons a square metre around each stay.
    private let values: [Float]

    /// How far from a stay others are counted, in metres.
    static let radius = 20.0

    /// Counts the persons around all stays.
    init(_ stays: [Stay], _ grid: StayGrid, workers: Int) async {
        values = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { index in
                var time: Int64 = 0
                grid.forEachNeighbour(of: index, within: Self.radius) { time += $0.common }
                return Self.density(of: time, in: stays[index].duration)
            }
        }.flatMap { $0 }
    }

    /// The density around a stay and its neighbour, without these two.
    ///
    /// The pair under consideration is left out: two persons alone in a hall are no crowd.
    func around(_ index: Int, and neighbour: StayGrid.Neighbour, _ stays: [Stay]) -> Float {
        let sum = values[index] + values[neighbour.index]
        guard Double(neighbour.distance) <= Self.radius else { return sum / 2 }
        let own = Self.density(of: neighbour.common, in: stays[index].duration)
        let its = Self.density(of: neighbour.common, in: Double(neighbour.duration))
        return max(sum - (own + its), 0) / 2
    }

    /// The density in persons a square metre, from the total time that others share with a stay, and the stay's duration.
    private static func density(of time: Int64, in duration: Double) -> Float {
        Float(Double(time) / duration / (Double.pi * radius * radius))
    }
}

extension Stay {
    /// The duration from the earliest to the latest moment in microseconds, at least 1.
    var duration: Double { Double(max(latest - earliest, 1)) }
}
