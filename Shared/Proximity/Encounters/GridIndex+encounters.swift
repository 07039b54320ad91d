package import Models

extension GridIndex {
    /// A person's meetings.
    ///
    /// Its own locations are looked at a few hundred at a time, so that a day in a crowd takes no more memory than minutes do.
    /// What it costs are the co-presences, a few hundred nanoseconds each.
    ///
    /// - Parameters:
    ///   - person: whose meetings.
    ///   - window: the time of all locations that count.
    ///   - rule: what a meeting is.
    /// - Returns: the meetings, the most significant first.
    package func encounters(of person: PersonID, in window: TimeWindow, rule: EncounterRule) -> [Encounter] {
        let trail = trail(of: person, in: window)
        var sweep = EncounterSweep(rule: rule)
        var encounters: [Encounter] = []
        for slice in Self.slices(of: trail, in: window, within: rule.within.microseconds) {
            encounters += sweep.add(
                coPresences(of: person, own: trail, startingIn: slice, in: window, rule: rule),
                startingIn: slice
            )
        }
        encounters += sweep.finish()
        return encounters.sorted { $0.rank(for: person) < $1.rank(for: person) }
    }

    /// How many own locations are looked at at a time.
    private static let ownCount = 256

    /// Slices of time in which co-presences with a trail start, each as long as some hundred locations of the trail.
    private static func slices(of trail: [Location], in window: TimeWindow, within: Int64) -> [TimeWindow] {
        guard let first = trail.first?.report.creationTime, let last = trail.last?.report.creationTime else {
            return []
        }
        // Of a pair whose later location is one's own, the other one comes before.
        var bounds = [max(window.start, Timestamp(microseconds: first.microseconds - within))]
        for index in stride(from: ownCount, to: trail.count, by: ownCount) {
            bounds.append(trail[index].report.creationTime)
        }
        bounds.append(Timestamp(microseconds: last.microseconds + 1))
        return zip(bounds, bounds.dropFirst()).compactMap(TimeWindow.init(start:end:))
    }

    private func coPresences(
        of person: PersonID,
        own trail: [Location],
        startingIn slice: TimeWindow,
        in window: TimeWindow,
        rule: EncounterRule
    ) -> [CoPresence] {
        let within = rule.within.microseconds
        let behind = min(window.end, Timestamp(microseconds: slice.end.microseconds + within))
        let first = trail.partitioningIndex { $0.report.creationTime >= slice.start }
        let last = trail.partitioningIndex { $0.report.creationTime >= behind }
        guard let times = TimeWindow(start: slice.start, end: behind) else { return [] }
        let pairs = coPresences(
            own: Array(trail[first..<last]),
            of: person,
            with: nil,
            in: times,
            radius: rule.leavingRadius,
            within: within
        )
        return pairs.filter { $0.start < slice.end }
    }
}
