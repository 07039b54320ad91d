package import Models

extension GridIndex {
    /// Finds each location of another person within a radius of any own location, once; see ``ContactSearch``.
    ///
    /// Costs O(own locations × bands in reach + locations in the cells around them), whatever else the index holds.
    ///
    /// - Parameters:
    ///   - person: the person whose contacts are searched.
    ///   - window: the time window of both. Their time apart does not matter unless `within` is set.
    ///   - radius: the maximum distance, decided exactly like PostGIS's `ST_DWithin` for geography.
    ///   - within: the maximum time between the two in microseconds; `nil` for no bound.
    /// - Returns: the contacts by distance, then by time and number.
    /// - Throws: ``SearchFailure`` if the question is too wide.
    package func contacts(
        of person: PersonID,
        in window: TimeWindow,
        radius: Radius,
        within: Int64? = nil
    ) throws(SearchFailure) -> [Contact] {
        var search = ContactSearch(of: person, in: window, radius: radius, within: within)
        return try search.next(in: self)
    }

    /// Counts the locations of others within a radius of any own location; see ``contacts(of:in:radius:within:)``.
    ///
    /// Faster, because it does not measure, copy or sort.
    package func contactCount(
        of person: PersonID,
        in window: TimeWindow,
        radius: Radius,
        within: Int64? = nil
    ) throws(SearchFailure) -> Int {
        let own = trailPoints(of: person, in: window)
        var count = 0
        if let within {
            try forEachCoPresence(
                own: own,
                of: person,
                in: window,
                radius: radius.metres,
                within: within,
                isFirstOnly: true,
                budget: SearchBudget()
            ) { segment, hit in
                if !isErased(segment, hit.index) { count += 1 }
            }
        } else {
            try forEachContact(
                own: own,
                of: person,
                in: window,
                radius: radius.metres,
                isMeasuring: false,
                budget: SearchBudget()
            ) { segment, hit in
                if !isErased(segment, hit.index) { count += 1 }
            }
        }
        return count
    }

    func forEachContact(
        own: [TrailPoint],
        of person: PersonID,
        in window: TimeWindow,
        radius: Double,
        isMeasuring: Bool,
        budget: SearchBudget,
        _ visit: (Segment, ContactHit) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        guard !own.isEmpty else { return }
        defer { withExtendedLifetime(self) {} }
        let parts = parts(in: window)
        var kernel = ContactKernel(
            parts.map { ($0.segment.columns, $0.times) },
            own: own,
            of: person.rawValue,
            isMeasuring: isMeasuring,
            budget: budget
        )
        let sweep = TrailSweep(own, own.indices, radius: radius)
        try sweep.forEachCell(of: parts.map(\.segment)) { cell throws(SearchFailure) in
            try kernel.search(cell) { hits throws(SearchFailure) in
                for hit in hits { try visit(parts[Int(hit.segment)].segment, hit) }
            }
        }
    }

    /// Whether a location belongs to a person who was erased after it was added.
    @inline(__always)
    func isErased(_ segment: Segment, _ index: UInt32) -> Bool {
        !erased.isEmpty && erased.contains(segment.columns.persons[Int(index)])
    }
}
