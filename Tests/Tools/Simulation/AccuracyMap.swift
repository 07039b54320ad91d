/// How well phones know their place at each point of the plan, as a radius in metres.
///
/// Indoors this depends on walls, ceilings and access points. The map has a random radius at each node of a square
/// grid, and interpolates linearly between the nodes.
struct AccuracyMap: Sendable {
    /// The range of the radii, in metres.
    static let radii = 5.0...30.0

    private static let spacing = 15.0
    private let columns: Int
    private let nodes: [Double]

    init(floor: Rectangle, seed: UInt64) {
        var generator = Xoshiro256(seed: seed, stream: RandomStream.accuracyMap)
        columns = Int(floor.width / Self.spacing) + 2
        nodes = (0..<columns * (Int(floor.depth / Self.spacing) + 2)).map { _ in
            // Most places are good and a few are bad: half of the radii are below 6.8 m.
            let badness = generator.unit() * generator.unit() * generator.unit()
            return Self.radii.lowerBound + (Self.radii.upperBound - Self.radii.lowerBound) * badness
        }
    }

    /// The radius at a point; outside the plan, that of the nearest point of its edge.
    func radius(at point: Point) -> Double {
        let rows = nodes.count / columns
        let x = min(max(point.x / Self.spacing, 0), Double(columns - 1))
        let y = min(max(point.y / Self.spacing, 0), Double(rows - 1))
        let column = min(Int(x), columns - 2)
        let row = min(Int(y), rows - 2)
        let (east, north) = (x - Double(column), y - Double(row))
        let south = row * columns + column
        let lower = nodes[south] * (1 - east) + nodes[south + 1] * east
        let upper = nodes[south + columns] * (1 - east) + nodes[south + columns + 1] * east
        return lower * (1 - north) + upper * north
    }
}
