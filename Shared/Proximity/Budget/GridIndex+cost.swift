internal import Geospatial
package import Models

extension GridIndex {
    /// Estimates the time to find a person's contacts, in O(days × log n).
    ///
    /// The estimate assumes that all locations are spread evenly over the occupied cells and over the person's time. In reality,
    /// people stand closer together; the budget ends a search that takes longer.
    package func expectedTime(
        forContactsOf person: PersonID,
        in window: TimeWindow,
        radius: Radius,
        within: Int64?
    ) -> Duration {
        let radius = radius.metres
        var nanoseconds = 0.0
        var rest = parts(in: window)[...]
        while let day = rest.first?.segment.day {
            let parts = rest.prefix { $0.segment.day == day }
            rest = rest.dropFirst(parts.count)
            let all = parts.reduce(0) { $0 + $1.segment.count }
            let cells = parts.map(\.segment.columns.cells.count).max() ?? 1
            let trails = parts.map { $0.segment.columns.span(ofTrailOf: person.rawValue, during: $0.times) }
            let own = trails.reduce(0) { $0 + $1.count }
            // Number of cells, 23 m wide, that a circle touches.
            let reached = (radius / 22.8 + 1) * (radius / 22.8 + 1) * .pi
            let near = Double(own) * Double(all) * min(reached / Double(cells), 1)
            if let within {
                let time = trails.map(\.duration).max() ?? 0
                nanoseconds += near * min(2 * Double(within) / Double(max(time, 2 * within, 1)), 1) * Self.pairCost
            } else {
                nanoseconds += near * Self.comparisonCost
            }
        }
        return .nanoseconds(Int64(min(nanoseconds, 1e18)))
    }

    /// Time to gather and evaluate one pair of locations, in nanoseconds.
    private static let pairCost = 300.0
    /// Time to compare two locations, four at a time, in nanoseconds.
    private static let comparisonCost = 0.4
}

extension SegmentColumns {
    /// The number of a person's locations in a time range, and the microseconds between the first and the last one.
    fileprivate func span(ofTrailOf person: Int32, during times: Range<Int64>?) -> (count: Int, duration: Int64) {
        let places = places(ofTrailOf: person, during: times)
        guard !places.isEmpty else { return (0, 0) }
        let trail = trail(of: person)
        let (first, last) = (Int(trail[places.lowerBound]), Int(trail[places.upperBound - 1]))
        return (places.count, offset(last) - offset(first))
    }
}
