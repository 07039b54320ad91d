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
    ///
    /// O(log n).
    package func coordinate(at time: Int64) -> Coordinate {
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
        return coordinate(at: time, before: low)
    }

    /// The place at a moment, given the number of the first knot behind it.
    private func coordinate(at time: Int64, before next: Int) -> Coordinate {
        guard next > 0 else { return knots[0].coordinate }
        guard next < knots.count else { return knots[next - 1].coordinate }
        let (from, to) = (knots[next - 1], knots[next])
        let share = Double(time - from.time) / Double(to.time - from.time)
        return from.coordinate.point(towards: to.coordinate, share: share)
    }

    /// A way along the knots, from moment to moment: each step is O(1).
    struct Walk {
        private let move: Move
        private var next = 0

        init(_ move: Move) { self.move = move }

        /// The time of the next knot; `nil` behind the last one.
        var nextTime: Int64? { next < move.knots.count ? move.knots[next].time : nil }

        /// Leaves out the knots before a moment.
        mutating func skip(to time: Int64) {
            while let nextTime, nextTime < time { next += 1 }
        }

        /// Goes to a moment that is not before the last one.
        ///
        /// - Parameter time: in microseconds since 1970.
        /// - Returns: the place, and how many seconds pass between the knots around the moment.
        mutating func advance(to time: Int64) -> (place: Coordinate, gap: Double) {
            while let nextTime, nextTime <= time { next += 1 }
            let isInside = next > 0 && next < move.knots.count
            let gap = isInside ? Double(move.knots[next].time - move.knots[next - 1].time) / 1_000_000 : 0
            return (move.coordinate(at: time, before: next), gap)
        }
    }
}
