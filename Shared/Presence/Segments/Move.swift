package import Geospatial

/// An interval in which a device went from one place to another, as a line through its fixes.
package struct Move: Hashable, Sendable {
    /// The device that moved.
    package let key: TrailKey
    /// At least two fixes, in order of time.
    package let knots: [Knot]
    /// The standard deviation of a knot in each direction, in metres.
    package let deviation: Float
    /// How long errors last, in seconds.
    package let persistence: Float

    /// A fix on the line.
    package struct Knot: Hashable, Sendable {
        /// Microseconds since 1970.
        package let time: Int64
        /// The coordinate.
        package let coordinate: Coordinate
    }

    /// Start in microseconds since 1970.
    package var start: Int64 { knots.first?.time ?? 0 }
    /// End in microseconds since 1970.
    package var end: Int64 { knots.last?.time ?? 0 }

    /// The coordinate at a time, by linear interpolation.
    ///
    /// Times outside the move give its nearest end.
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

    /// The coordinate at a time, given the index of the first later knot.
    private func coordinate(at time: Int64, before next: Int) -> Coordinate {
        guard next > 0 else { return knots[0].coordinate }
        guard next < knots.count else { return knots[next - 1].coordinate }
        let (from, to) = (knots[next - 1], knots[next])
        let share = Double(time - from.time) / Double(to.time - from.time)
        return from.coordinate.point(towards: to.coordinate, share: share)
    }

    /// An iterator along the knots.
    ///
    /// Advancing takes amortised O(1).
    struct Walk {
        private let move: Move
        private var next = 0

        init(_ move: Move) { self.move = move }

        /// The time of the next knot; `nil` after the last one.
        var nextTime: Int64? { next < move.knots.count ? move.knots[next].time : nil }

        /// Skips the knots before a time.
        mutating func skip(to time: Int64) {
            while let nextTime, nextTime < time { next += 1 }
        }

        /// Advances to a time, which must not be earlier than the last one.
        ///
        /// - Parameter time: in microseconds since 1970.
        /// - Returns: the coordinate, and the seconds between the knots before and after the time.
        mutating func advance(to time: Int64) -> (place: Coordinate, gap: Double) {
            while let nextTime, nextTime <= time { next += 1 }
            let isInside = next > 0 && next < move.knots.count
            let gap = isInside ? Double(move.knots[next].time - move.knots[next - 1].time) / 1_000_000 : 0
            return (move.coordinate(at: time, before: next), gap)
        }
    }
}
