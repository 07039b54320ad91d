package import Geospatial

/// An interval in which a device went from one place to another, as fixes with straight lines between them.
package struct Move: Hashable, Sendable {
    /// Whose move.
    package let key: TrailKey
    /// Where the device was when; two at least, in order.
    package let knots: [Knot]
    /// The standard deviation of a knot in each direction, in metres.
    package let deviation: Float
    /// How long errors last, in seconds.
    package let persistence: Float

    /// A place on the way.
    package struct Knot: Hashable, Sendable {
        /// Microseconds since 1970.
        package let time: Int64
        /// Where.
        package let coordinate: Coordinate
    }

    /// When it begins, in microseconds since 1970.
    package var start: Int64 { knots.first?.time ?? 0 }
    /// When it ends.
    package var end: Int64 { knots.last?.time ?? 0 }

    /// The place at a moment, on the straight line between the knots around it; at an end outside.
    package func coordinate(at time: Int64) -> Coordinate {
        let next = self.next(after: time)
        guard next > 0 else { return knots[0].coordinate }
        guard next < knots.count else { return knots[next - 1].coordinate }
        let (from, to) = (knots[next - 1], knots[next])
        let share = Double(time - from.time) / Double(to.time - from.time)
        let plane = LocalPlane(origin: from.coordinate)
        let point = plane.point(to.coordinate)
        return plane.coordinate(PlanePoint(x: point.x * share, y: point.y * share))
    }

    /// How many seconds pass between the knots around a moment.
    func gap(at time: Int64) -> Double {
        let next = self.next(after: time)
        guard next > 0, next < knots.count else { return 0 }
        return Double(knots[next].time - knots[next - 1].time) / 1_000_000
    }

    /// The first knot behind a moment, in O(log n).
    private func next(after time: Int64) -> Int {
        var (low, count) = (0, knots.count)
        while count > 0 {
            let half = count / 2
            if knots[low + half].time <= time {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        return low
    }
}
