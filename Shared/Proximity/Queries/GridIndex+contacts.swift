package import Models

extension GridIndex {
    /// Every location of another person within a radius of any own one, once; see ``ContactSearch``.
    ///
    /// Costs O(own locations × bands that they reach + locations in the cells round them), whatever else the index holds.
    ///
    /// - Parameters:
    ///   - person: whose contacts.
    ///   - window: the time of both; how far apart in time they are does not matter unless `within` says so.
    ///   - radius: the greatest distance, decided exactly as PostGIS's `ST_DWithin` for geography.
    ///   - within: how many microseconds the two may be apart; no bound if `nil`.
    /// - Returns: the closest first, then by time and number.
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

    /// How many locations of others are within a radius of any own one; see ``contacts(of:in:radius:within:)``.
    ///
    /// Faster than those, because nothing is measured, copied or sorted.
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
                with: nil,
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

    /// Whether a location is of a person who has been erased since it was put in.
    @inline(__always)
    func isErased(_ segment: Segment, _ index: UInt32) -> Bool {
        !erased.isEmpty && erased.contains(segment.columns.persons[Int(index)])
    }
}
