internal import Geospatial
package import Models

/// Finds a person's contacts, the closest first, one page at a time.
///
/// Each page is a separate search that keeps only the contacts of that page. Hence an answer of any length needs bounded memory.
/// The index may change between pages. All pages use the trail as it was for the first page, so contacts from that time are
/// neither repeated nor lost.
package struct ContactSearch: Sendable {
    /// Whether there are no more pages.
    package private(set) var isOver = false

    /// The person whose contacts are searched.
    package let person: PersonID
    /// The time window of both locations.
    package let window: TimeWindow
    /// The maximum distance.
    package let radius: Radius
    /// The maximum time between the two, in microseconds.
    package let within: Int64?
    /// The person's trail, if there is more than one page.
    private var trail: [TrailPoint]?
    private var last: Contact?

    /// A longer trail is not kept but read again for each page.
    private static let longestTrail = 8_192

    /// Starts at the first page.
    ///
    /// - Parameters:
    ///   - person: the person whose contacts are searched.
    ///   - window: the time window of both locations.
    ///   - radius: the maximum distance, decided exactly like PostGIS's `ST_DWithin` for geography.
    ///   - within: the maximum time between the two in microseconds; `nil` for no bound.
    package init(of person: PersonID, in window: TimeWindow, radius: Radius, within: Int64? = nil) {
        self.person = person
        self.window = window
        self.radius = radius
        self.within = within
    }

    /// Maximum memory between pages: 128 KiB.
    package static let overhead = longestTrail * MemoryLayout<TrailPoint>.stride

    /// Finds the next page.
    ///
    /// - Parameters:
    ///   - index: all locations.
    ///   - limit: the number of contacts in a page.
    ///   - budget: the bound for the page.
    /// - Returns: `limit` contacts, fewer on the last page.
    /// - Throws: ``SearchFailure`` if the page exceeds its budget.
    package mutating func next(
        in index: GridIndex,
        limit: Int = .max,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [Contact] {
        let own = trail ?? index.trailPoints(of: person, in: window)
        var nearest = NearestContacts(limit: limit, behind: last)
        try budget.step { () throws(SearchFailure) in
            try budget.allow(trail: own.count)
            try forEachContact(own: own, in: index, budget) { contact throws(SearchFailure) in
                nearest.add(contact)
                try budget.allow(results: nearest.count)
            }
        }
        let page = nearest.finish()
        isOver = page.count < limit
        if !isOver {
            last = page.last
            trail = own.count <= Self.longestTrail ? own : nil
        }
        return page
    }

    private func forEachContact(
        own: [TrailPoint],
        in index: GridIndex,
        _ budget: SearchBudget,
        _ visit: (Contact) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        guard let within else {
            return try index.forEachContact(
                own: own,
                of: person,
                in: window,
                radius: radius.metres,
                isMeasuring: true,
                budget: budget
            ) { segment, hit throws(SearchFailure) in
                guard !index.isErased(segment, hit.index) else { return }
                let location = segment.columns.location(Int(hit.index), inCellAt: Int(hit.cell))
                try visit(Contact(location: location, distance: Double(hit.square).squareRoot()))
            }
        }
        // The pairs of a contact are adjacent.
        var contact: Contact?
        var place: (segment: UInt32, index: UInt32)?
        try index.forEachCoPresence(
            own: own,
            of: person,
            in: window,
            radius: radius.metres,
            within: within,
            isFirstOnly: false,
            budget: budget
        ) { segment, hit throws(SearchFailure) in
            guard !index.isErased(segment, hit.index) else { return }
            let isSame = place.map { $0 == (hit.segment, hit.index) } ?? false
            if !isSame, let contact { try visit(contact) }
            let location =
                if isSame, let contact { contact.location } else {
                    segment.columns.location(Int(hit.index), inCellAt: Int(hit.cell))
                }
            let distance = Geodesic.nearbyDistance(
                from: own[Int(hit.own)].coordinate,
                to: location.report.coordinate
            )
            let least = isSame ? min(contact?.distance ?? .infinity, distance) : distance
            contact = Contact(location: location, distance: least)
            place = (hit.segment, hit.index)
        }
        if let contact { try visit(contact) }
    }
}

/// Collects the closest contacts.
private struct NearestContacts {
    /// The number of contacts offered.
    private(set) var count = 0
    private let limit: Int
    private let last: Contact?
    private var kept: [Contact] = []
    /// Contacts beyond this distance are not among the closest.
    private var reach = Double.infinity

    /// - Parameters:
    ///   - limit: the number of contacts to keep.
    ///   - last: contacts up to this one are skipped.
    init(limit: Int, behind last: Contact?) {
        self.limit = limit
        self.last = last
    }

    /// Adds a contact; amortised O(1).
    mutating func add(_ contact: Contact) {
        count += 1
        guard contact.distance <= reach else { return }
        if let last, !Contact.isCloser(last, contact) { return }
        kept.append(contact)
        guard kept.count / 2 >= limit else { return }
        cut()
        reach = kept.last?.distance ?? reach
    }

    /// The closest contacts, in order.
    mutating func finish() -> [Contact] {
        cut()
        return kept
    }

    private mutating func cut() {
        kept = Contact.sorted(kept, upTo: limit)
    }
}

extension Contact {
    /// Orders by distance, then by time, then by number.
    static func isCloser(_ left: Contact, _ right: Contact) -> Bool {
        if left.distance != right.distance { return left.distance < right.distance }
        let (first, second) = (left.location.report.creationTime, right.location.report.creationTime)
        return (first, left.location.id) < (second, right.location.id)
    }

    /// The closest of some contacts, in order.
    ///
    /// Sorts the distances as integers, which is several times as fast as sorting contacts: the bits of non-negative
    /// floating-point numbers have the same order as the numbers.
    fileprivate static func sorted(_ unordered: [Contact], upTo limit: Int) -> [Contact] {
        var order = RadixSort(count: unordered.count)
        for (row, contact) in unordered.enumerated() {
            let bits = Float(contact.distance).bitPattern
            order.records[row] = SortRecord(key: UInt64(bits), time: 0, row: UInt32(truncatingIfNeeded: row))
        }
        order.sortByKey()
        var contacts: [Contact] = []
        contacts.reserveCapacity(min(unordered.count, limit))
        var start = 0
        var last: UInt64?
        for record in order.records {
            if record.key != last {
                guard contacts.count < limit else { break }
                if contacts.count - start > 1 { contacts[start...].sort(by: isCloser) }
                start = contacts.count
                last = record.key
            }
            contacts.append(unordered[Int(record.row)])
        }
        contacts[start...].sort(by: isCloser)
        contacts.removeLast(max(contacts.count - limit, 0))
        return contacts
    }
}
