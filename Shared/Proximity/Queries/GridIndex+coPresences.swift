internal import Models

extension GridIndex {
    /// Calls `visit` with each pair.
    ///
    /// The pairs of one location of another person are adjacent.
    func forEachCoPresence(
        own: [TrailPoint],
        of person: PersonID,
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
            // Only own locations that can be close in time to a location of this day.
            let (start, end) = (day.microseconds - within, day.microseconds + CalendarDate.microsecondsPerDay + within)
            let first = own.partitioningIndex { $0.time >= start }
            let last = own.partitioningIndex { $0.time >= end }
            guard first < last else { continue }
            var kernel = CoPresenceKernel(
                parts.map { ($0.segment.columns, $0.times) },
                own: own,
                of: person.rawValue,
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
