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
    package func coPresences(
        of person: PersonID,
        with other: PersonID? = nil,
        in window: TimeWindow,
        radius: Double,
        within: Int64
    ) -> [CoPresence] {
        let own = trail(of: person, in: window)
        return coPresences(own: own, of: person, with: other, in: window, radius: radius, within: within)
    }

    func coPresences(
        own: [Location],
        of person: PersonID,
        with other: PersonID?,
        in window: TimeWindow,
        radius: Double,
        within: Int64
    ) -> [CoPresence] {
        var pairs: [CoPresence] = []
        forEachCoPresence(
            own: own.map(TrailPoint.init),
            of: person,
            with: other,
            in: window,
            radius: radius,
            within: within,
            isFirstOnly: false
        ) { segment, hit in
            guard !isErased(segment, hit.index) else { return }
            let location = segment.columns.location(Int(hit.index), inCellAt: Int(hit.cell))
            pairs.append(CoPresence(own: own[Int(hit.own)], other: location))
        }
        return pairs
    }

    func forEachCoPresence(
        own: [TrailPoint],
        of person: PersonID,
        with other: PersonID?,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        isFirstOnly: Bool,
        _ visit: (Segment, CoPresenceKernel.Hit) -> Void
    ) {
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
                isFirstOnly: isFirstOnly
            )
            TrailSweep(own, first..<last, radius: radius).forEachCell(of: parts.map(\.segment)) { kernel.search($0) }
            kernel.searchGathered()
            for hit in kernel.hits { visit(parts[parts.startIndex + Int(hit.segment)].segment, hit) }
        }
        withExtendedLifetime(self) {}
    }
}

extension CoPresence {
    init(own: Location, other: Location) {
        let distance = Geodesic.nearbyDistance(from: own.report.coordinate, to: other.report.coordinate)
        self.init(own: own, other: other, distance: distance)
    }
}
