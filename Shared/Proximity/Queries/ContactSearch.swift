internal import Geospatial
package import Models

/// Looks for a person's contacts, the closest first, a page at a time.
///
/// Each page is a search of its own that keeps no more contacts than the page has, so that an answer of any length is sent
/// from bounded memory. The index may change from page to page: the pages go by where the person was when the first one
/// was made, so that contacts of that time are neither repeated nor left out.
package struct ContactSearch: Sendable {
    /// Whether there are no more pages.
    package private(set) var isOver = false

    /// Whose contacts.
    package let person: PersonID
    /// The time of both locations.
    package let window: TimeWindow
    /// The greatest distance.
    package let radius: Radius
    /// The longest time between the two, in microseconds.
    package let within: Int64?
    /// Where the person was, if there is more than one page.
    private var trail: [TrailPoint]?
    private var last: Contact?

    /// A trail that is longer is not held but read again.
    private static let longestTrail = 8_192

    /// Starts with the first page.
    ///
    /// - Parameters:
    ///   - person: whose contacts.
    ///   - window: the time of both locations.
    ///   - radius: the greatest distance, decided exactly as PostGIS's `ST_DWithin` for geography.
    ///   - within: how many microseconds the two may be apart; no bound if `nil`.
    package init(of person: PersonID, in window: TimeWindow, radius: Radius, within: Int64? = nil) {
        self.person = person
        self.window = window
        self.radius = radius
        self.within = within
    }

    /// The most bytes that it keeps between pages: 128 KiB.
    package static let overhead = longestTrail * MemoryLayout<TrailPoint>.stride

    /// Makes the next page.
    ///
    /// - Parameters:
    ///   - index: all locations.
    ///   - limit: how many contacts a page has.
    ///   - budget: what the page may cost.
    /// - Returns: the contacts; `limit` unless it is the last page.
    /// - Throws: if the page costs more than its budget.
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
        // The pairs of a contact follow each other.
        var contact: Contact?
        var place: (segment: UInt32, index: UInt32)?
        try index.forEachCoPresence(
            own: own,
            of: person,
            with: nil,
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

/// The closest contacts of any number that are offered.
private struct NearestContacts {
    /// The number of offered contacts.
    private(set) var count = 0
    private let limit: Int
    private let last: Contact?
    private var kept: [Contact] = []
    /// Contacts beyond this distance are not among the closest.
    private var reach = Double.infinity

    /// - Parameters:
    ///   - limit: how many are kept.
    ///   - last: those up to this one are left out.
    init(limit: Int, behind last: Contact?) {
        self.limit = limit
        self.last = last
    }

    /// Takes one more; O(1) in the long run.
    mutating func add(_ contact: Contact) {
        count += 1
        guard contact.distance <= reach else { return }
        if let last, !Contact.isCloser(last, contact) { return }
        kept.append(contact)
        guard kept.count / 2 >= limit else { return }
        cut()
        reach = kept.last?.distance ?? reach
    }

    /// The closest ones, in order.
    mutating func finish() -> [Contact] {
        cut()
        return kept
    }

    private mutating func cut() {
        kept = Contact.sorted(kept, upTo: limit)
    }
}

extension Contact {
    /// The closest first, then the earliest, then the least number.
    static func isCloser(_ left: Contact, _ right: Contact) -> Bool {
        if left.distance != right.distance { return left.distance < right.distance }
        let (first, second) = (left.location.report.creationTime, right.location.report.creationTime)
        return (first, left.location.id) < (second, right.location.id)
    }

    /// The closest of some contacts, in order.
    ///
    /// By distance as whole numbers, which sort several times as fast as contacts do: those that are not negative are in the
    /// order of their bits.
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
