package import Models

extension GridIndex {
    /// Every pair of locations of two different persons that are close in space and time.
    ///
    /// Taken in slices that follow each other, it gives each pair of a window once, in bounded memory. About 100 ns a
    /// location and, if it is to be returned, as much a pair.
    ///
    /// - Parameters:
    ///   - slice: the time of the earlier location.
    ///   - window: the time of both locations.
    ///   - radius: the greatest distance in metres, decided exactly as PostGIS's `ST_DWithin` for geography.
    ///   - within: how many microseconds the two may be apart.
    ///   - limit: how many pairs are returned.
    ///   - budget: how long it may take.
    /// - Throws: ``SearchFailure/tooManyAtOnce`` once there are more than `limit`.
    /// - Returns: the pairs in no order, each with the lower person as its own.
    package func coPresences(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        upTo limit: Int = .max,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [CoPresence] {
        var pairs: [CoPresence] = []
        try forEachPair(startingIn: slice, in: window, radius: radius, within: within, budget) {
            first,
            second,
            hit throws(SearchFailure) in
            guard !isErased(first, hit.first.index), !isErased(second, hit.second.index) else { return }
            guard pairs.count < limit else { throw .tooManyAtOnce }
            let first = first.columns.location(Int(hit.first.index), inCellAt: Int(hit.first.cell))
            let second = second.columns.location(Int(hit.second.index), inCellAt: Int(hit.second.cell))
            let isInOrder = first.report.personID < second.report.personID
            pairs.append(CoPresence(own: isInOrder ? first : second, other: isInOrder ? second : first))
        }
        return pairs
    }

    /// How many pairs there are; see ``coPresences(startingIn:in:radius:within:)``.
    package func coPresenceCount(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        radius: Double,
        within: Int64
    ) throws(SearchFailure) -> Int {
        var count = 0
        try forEachPair(startingIn: slice, in: window, radius: radius, within: within, SearchBudget()) {
            first,
            second,
            hit in
            if !isErased(first, hit.first.index), !isErased(second, hit.second.index) { count += 1 }
        }
        return count
    }

    private func forEachPair(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        _ budget: SearchBudget,
        _ visit: (Segment, Segment, PairHit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        defer { withExtendedLifetime(self) {} }
        let start = max(slice.start, window.start)
        let end = min(window.end, Timestamp(microseconds: slice.end.microseconds + within))
        guard let span = TimeWindow(start: start, end: max(start, end)) else { return }
        let parts = parts(in: span).map(\.segment)
        for (place, first) in parts.enumerated() {
            for second in parts[place...] where second.day.microseconds - first.day.microseconds < Self.day + within {
                let kernel = PairKernel(first, second, slice: slice, span: span, radius: radius, within: within)
                try kernel.forEachPair(budget) { hit throws(SearchFailure) in try visit(first, second, hit) }
            }
        }
    }
}
