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
            own: own,
            of: person,
            with: other,
            in: window,
            radius: radius,
            within: within,
            isFirstOnly: false
        ) { segment, hit in
            guard !isErased(segment, hit.index) else { return }
            let location = segment.location(Int(hit.index), inCellAt: Int(hit.cell))
            pairs.append(CoPresence(own: own[Int(hit.own)], other: location))
        }
        return pairs
    }

    func forEachCoPresence(
        own: [Location],
        of person: PersonID,
        with other: PersonID?,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        isFirstOnly: Bool,
        _ visit: (Segment, CoPresenceKernel.Hit) -> Void
    ) {
        var (day, sweep): (CalendarDate?, TrailSweep?) = (nil, nil)
        for (segment, times) in parts(in: window) {
            if segment.day != day {
                // Only those of one's own that can be close in time to something of this day.
                day = segment.day
                let (start, end) = (segment.day.microseconds - within, segment.day.microseconds + Self.day + within)
                let first = own.partitioningIndex { $0.report.creationTime.microseconds >= start }
                let last = own.partitioningIndex { $0.report.creationTime.microseconds >= end }
                sweep = first < last ? TrailSweep(own, first..<last, radius: radius) : nil
            }
            guard let sweep else { continue }
            var kernel = CoPresenceKernel(
                segment,
                own: own,
                of: person.rawValue,
                with: other?.rawValue,
                during: times ?? 0..<Self.day,
                within: within,
                isFirstOnly: isFirstOnly
            )
            sweep.forEachCell(of: segment) { kernel.search($0) }
            for hit in kernel.hits { visit(segment, hit) }
        }
    }
}

extension CoPresence {
    init(own: Location, other: Location) {
        let distance = Geodesic.nearbyDistance(from: own.report.coordinate, to: other.report.coordinate)
        self.init(own: own, other: other, distance: distance)
    }
}
