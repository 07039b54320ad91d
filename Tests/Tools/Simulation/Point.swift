/// A point on the venue's plan: metres east and north of its south-western corner.
package struct Point: Hashable, Sendable {
    /// Metres east.
    package var x: Double
    /// Metres north.
    package var y: Double

    /// A point with its coordinates.
    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }

    /// The square of the distance to another point, in square metres.
    package func squaredDistance(to other: Point) -> Double {
        (x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)
    }

    /// The distance to another point in metres.
    package func distance(to other: Point) -> Double {
        squaredDistance(to: other).squareRoot()
    }

    static func + (left: Point, right: Point) -> Point {
        Point(left.x + right.x, left.y + right.y)
    }
}

/// A rectangle of the venue's plan whose sides run east and north.
package struct Rectangle: Hashable, Sendable {
    /// The south-western corner.
    package let origin: Point
    /// Metres from west to east.
    package let width: Double
    /// Metres from south to north.
    package let depth: Double

    package init(origin: Point, width: Double, depth: Double) {
        (self.origin, self.width, self.depth) = (origin, width, depth)
    }

    /// The point in the middle.
    package var center: Point {
        Point(origin.x + width / 2, origin.y + depth / 2)
    }

    /// The corners, counter-clockwise, beginning in the south-west.
    package var corners: [Point] {
        [
            origin, Point(origin.x + width, origin.y), Point(origin.x + width, origin.y + depth),
            Point(origin.x, origin.y + depth),
        ]
    }

    /// Whether a point lies in it or on its edge.
    package func contains(_ point: Point) -> Bool {
        (origin.x...origin.x + width).contains(point.x) && (origin.y...origin.y + depth).contains(point.y)
    }
}
