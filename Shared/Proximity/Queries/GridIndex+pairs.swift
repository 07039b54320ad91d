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
    /// - Returns: the pairs in no order, each with the lower person as its own.
    package func coPresences(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        radius: Double,
        within: Int64
    ) -> [CoPresence] {
        var pairs: [CoPresence] = []
        forEachPair(startingIn: slice, in: window, radius: radius, within: within) { earlier, later, hit in
            guard !isErased(earlier, hit.earlier), !isErased(later, hit.later) else { return }
            let first = earlier.location(Int(hit.earlier), inCellAt: Int(hit.earlierCell))
            let second = later.location(Int(hit.later), inCellAt: Int(hit.laterCell))
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
    ) -> Int {
        var count = 0
        forEachPair(startingIn: slice, in: window, radius: radius, within: within) { earlier, later, hit in
            if !isErased(earlier, hit.earlier), !isErased(later, hit.later) { count += 1 }
        }
        return count
    }

    private func forEachPair(
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        radius: Double,
        within: Int64,
        _ visit: (Segment, Segment, PairHit) -> Void
    ) {
        guard
            let starts = TimeWindow(
                start: max(slice.start, window.start),
                end: max(min(slice.end, window.end), slice.start)
            ),
            let ends = TimeWindow(
                start: starts.start,
                end: min(window.end, Timestamp(microseconds: starts.end.microseconds + within))
            )
        else { return }
        let laterParts = parts(in: ends)
        for (earlier, slice) in parts(in: starts) {
            for (later, times) in laterParts
            where later.day >= earlier.day && later.day.microseconds - earlier.day.microseconds < Self.day + within {
                PairKernel(
                    earlier,
                    later,
                    slice: slice ?? 0..<Self.day,
                    laterTimes: times ?? 0..<Self.day,
                    radius: radius,
                    within: within
                ).forEachPair { visit(earlier, later, $0) }
            }
        }
    }
}
