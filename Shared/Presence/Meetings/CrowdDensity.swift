/// How many persons stand around each stay, by the share of the stay's time that they are there.
struct CrowdDensity: Sendable {
    /// Persons a square metre around each stay.
    private let values: [Float]

    /// How far from a stay others are counted, in metres.
    static let radius = 20.0

    /// Counts the others around every stay.
    init(_ stays: [Stay], _ grid: StayGrid, workers: Int) async {
        values = await Parallel.map(stays.indices, workers: workers) { part in
            part.map { index in
                var time: Int64 = 0
                grid.forEachNeighbour(of: index, within: Self.radius) { time += $0.common }
                return Self.density(of: time, in: stays[index].duration)
            }
        }.flatMap { $0 }
    }

    /// Persons a square metre around a stay and its neighbour, besides these two.
    ///
    /// The pair that is judged does not count: two persons alone in a hall are no crowd.
    func around(_ index: Int, and neighbour: StayGrid.Neighbour, _ stays: [Stay]) -> Float {
        let sum = values[index] + values[neighbour.index]
        guard Double(neighbour.distance) <= Self.radius else { return sum / 2 }
        let own = Self.density(of: neighbour.common, in: stays[index].duration)
        let its = Self.density(of: neighbour.common, in: Double(neighbour.duration))
        return max(sum - (own + its), 0) / 2
    }

    /// Persons a square metre, from the microseconds that others share with a stay, and its duration.
    private static func density(of time: Int64, in duration: Double) -> Float {
        Float(Double(time) / duration / (Double.pi * radius * radius))
    }
}

extension Stay {
    /// Microseconds from the earliest to the latest moment, 1 at least.
    var duration: Double { Double(max(latest - earliest, 1)) }
}
