internal import Geospatial
package import Models

extension GridIndex {
    /// Every pair of a location of a person and one of somebody else that are close in space and time.
    ///
    /// - Parameters:
    ///   - person: the one person.
    ///   - other: the other person; everybody else if `nil`.
    ///   - window: the time of both locations.
    ///   - radius: the greatest distance in metres, decided exactly as PostGIS's `ST_DWithin` for geography.
    ///   - within: how many microseconds the two may be apart.
    /// - Returns: the pairs in no order.
    /// - Throws: ``SearchFailure`` if the question is too wide.
    package func coPresences(
        of person: PersonID,
        with other: PersonID? = nil,
        in window: TimeWindow,
        radius: Double,
        within: Int64
    ) throws(SearchFailure) -> [CoPresence] {
        let own = trail(of: person, in: window)
        var pairs: [CoPresence] = []
        try appendCoPresences(
            to: &pairs,
            upTo: .max,
            own: own[...],
            of: person,
            with: other,
            in: window,
            radius: radius,
            within: within,
            budget: SearchBudget()
        )
        return pairs
    }

    /// Adds the pairs of some own locations to others.
    ///
    /// - Throws: ``SearchFailure/tooManyAtOnce`` once there are more than `limit`.
    func appendCoPresences(
        to pairs: inout [CoPresence],
        upTo limit: Int,
        own: ArraySlice<Location>,
        of person: PersonID,
        with other: PersonID? = nil,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        budget: SearchBudget
    ) throws(SearchFailure) {
        try forEachCoPresence(
            own: own.map(TrailPoint.init),
            of: person,
            with: other,
            in: window,
            radius: radius,
            within: within,
            isFirstOnly: false,
            budget: budget
        ) { segment, hit throws(SearchFailure) in
            guard !isErased(segment, hit.index) else { return }
            guard pairs.count < limit else { throw .tooManyAtOnce }
            let location = segment.columns.location(Int(hit.index), inCellAt: Int(hit.cell))
            pairs.append(CoPresence(own: own[own.startIndex + Int(hit.own)], other: location))
        }
    }

    /// Calls `visit` with each pair; those of one location of another person are adjacent.
    func forEachCoPresence(
        own: [TrailPoint],
        of person: PersonID,
        with other: PersonID?,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        isFirstOnly: Bool,
        budget: SearchBudget,
        _ visit: (Segment, CoPresenceKernel.Hit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        defer { withExtendedLifetime(self) {} }
        var rest = parts(in: window)[...]
        while let day = rest.first?.segment.day {
            let parts = rest.prefix { $0.segment.day == day }
            rest = rest.dropFirst(parts.count)
            // Only those of one's own that can be close in time to something of this day.
            let (start, end) = (day.microseconds - within, day.microseconds + Self.day + within)
            let first = own.partitioningIndex { $0.time >= start }
            let last = own.partitioningIndex { $0.time >= end }
            guard first < last else { continue }
            var kernel = CoPresenceKernel(
                parts.map { ($0.segment.columns, $0.times) },
                own: own,
                of: person.rawValue,
                with: other?.rawValue,
                within: within,
                isFirstOnly: isFirstOnly,
                budget: budget
            )
            func take(_ hits: [CoPresenceKernel.Hit]) throws(SearchFailure) {
                for hit in hits { try visit(parts[parts.startIndex + Int(hit.segment)].segment, hit) }
            }
            let sweep = TrailSweep(own, first..<last, radius: radius)
            try sweep.forEachCell(of: parts.map(\.segment)) { cell throws(SearchFailure) in
                try kernel.search(cell, take)
            }
            try kernel.searchGathered(take)
        }
    }
}

extension CoPresence {
    init(own: Location, other: Location) {
        let distance = Geodesic.nearbyDistance(from: own.report.coordinate, to: other.report.coordinate)
        self.init(own: own, other: other, distance: distance)
    }
}
