/// The lines that people walk along: door to door, aisle to aisle, as a tree whose root is the entrance.
///
/// There is one way between any two places, so a route is found by climbing from both ends to their common ancestor.
package struct WalkwayTree: Sendable {
    /// A place where lines meet, by its index.
    package typealias Node = Int

    /// The places on the plan.
    package private(set) var points: [Point]
    private var parents: [Node]
    private var depths: [Int]

    /// The entrance.
    package static let root: Node = 0

    /// A tree with only the entrance.
    init(root: Point) {
        points = [root]
        parents = [Self.root]
        depths = [0]
    }

    /// Adds a place beside another.
    mutating func add(_ point: Point, from parent: Node) -> Node {
        points.append(point)
        parents.append(parent)
        depths.append(depths[parent] + 1)
        return points.count - 1
    }

    /// The places on the way from one to another, both included.
    ///
    /// O(depth).
    package func route(from start: Node, to end: Node) -> [Point] {
        var ascent: [Point] = []
        var descent: [Point] = []
        var start = start
        var end = end
        while start != end {
            if depths[start] >= depths[end] {
                ascent.append(points[start])
                start = parents[start]
            } else {
                descent.append(points[end])
                end = parents[end]
            }
        }
        ascent.append(points[start])
        return ascent + descent.reversed()
    }
}
