internal import Geospatial
package import Models

extension GridIndex {
    /// Every location of somebody else within a radius of any own one, once.
    ///
    /// Costs O(own locations × bands that they reach + locations in the cells round them), whatever else the index holds.
    ///
    /// - Parameters:
    ///   - person: whose contacts.
    ///   - window: the time of both; how far apart in time they are does not matter unless `within` says so.
    ///   - radius: the greatest distance, decided exactly as PostGIS's `ST_DWithin` for geography.
    ///   - within: how many microseconds the two may be apart; no bound if `nil`.
    /// - Returns: the closest first, then by time and number.
    package func contacts(
        of person: PersonID,
        in window: TimeWindow,
        radius: Radius,
        within: Int64? = nil
    ) -> [Contact] {
        guard let within else { return contacts(of: person, in: window, radius: radius.metres) }
        var nearest: [LocationID: Contact] = [:]
        for pair in coPresences(of: person, in: window, radius: radius.metres, within: within)
        where pair.distance < nearest[pair.other.id]?.distance ?? .infinity {
            nearest[pair.other.id] = Contact(location: pair.other, distance: pair.distance)
        }
        return nearest.values.sorted(by: Contact.isCloser)
    }

    /// How many locations of others are within a radius of any own one; see ``contacts(of:in:radius:within:)``.
    ///
    /// Faster than those, because nothing is measured, copied or sorted.
    package func contactCount(
        of person: PersonID,
        in window: TimeWindow,
        radius: Radius,
        within: Int64? = nil
    ) -> Int {
        let own = trailPoints(of: person, in: window)
        var count = 0
        if let within {
            forEachCoPresence(
                own: own,
                of: person,
                with: nil,
                in: window,
                radius: radius.metres,
                within: within,
                isFirstOnly: true
            ) { segment, hit in
                if !isErased(segment, hit.index) { count += 1 }
            }
        } else {
            forEachContact(own: own, of: person, in: window, radius: radius.metres, isMeasuring: false) {
                segment,
                hit in
                if !isErased(segment, hit.index) { count += 1 }
            }
        }
        return count
    }

    private func contacts(of person: PersonID, in window: TimeWindow, radius: Double) -> [Contact] {
        let own = trailPoints(of: person, in: window)
        var unordered: [Contact] = []
        forEachContact(own: own, of: person, in: window, radius: radius, isMeasuring: true) { segment, hit in
            guard !isErased(segment, hit.index) else { return }
            let location = segment.columns.location(Int(hit.index), inCellAt: Int(hit.cell))
            unordered.append(Contact(location: location, distance: Double(hit.square).squareRoot()))
        }
        // By distance as whole numbers, which sort several times as fast as contacts do: those that are not negative are
        // in the order of their bits.
        var order = RadixSort(count: unordered.count)
        for (row, contact) in unordered.enumerated() {
            let bits = Float(contact.distance).bitPattern
            order.records[row] = SortRecord(key: UInt64(bits), time: 0, row: UInt32(truncatingIfNeeded: row))
        }
        order.sortByKey()
        var contacts: [Contact] = []
        contacts.reserveCapacity(unordered.count)
        var start = 0
        var last: UInt64?
        for record in order.records {
            if record.key != last {
                if contacts.count - start > 1 { contacts[start...].sort(by: Contact.isCloser) }
                start = contacts.count
                last = record.key
            }
            contacts.append(unordered[Int(record.row)])
        }
        contacts[start...].sort(by: Contact.isCloser)
        return contacts
    }

    private func forEachContact(
        own: [TrailPoint],
        of person: PersonID,
        in window: TimeWindow,
        radius: Double,
        isMeasuring: Bool,
        _ visit: (Segment, ContactHit) -> Void
    ) {
        guard !own.isEmpty else { return }
        let parts = parts(in: window)
        var kernel = ContactKernel(
            parts.map { ($0.segment.columns, $0.times) },
            own: own,
            of: person.rawValue,
            isMeasuring: isMeasuring
        )
        TrailSweep(own, own.indices, radius: radius).forEachCell(of: parts.map(\.segment)) { kernel.search($0) }
        for hit in kernel.hits { visit(parts[Int(hit.segment)].segment, hit) }
        withExtendedLifetime(self) {}
    }

    /// Whether a location is of a person who has been erased since it was put in.
    @inline(__always)
    func isErased(_ segment: Segment, _ index: UInt32) -> Bool {
        !erased.isEmpty && erased.contains(segment.columns.persons[Int(index)])
    }
}

extension Contact {
    /// The closest first, then the earliest, then the least number.
    static func isCloser(_ left: Contact, _ right: Contact) -> Bool {
        if left.distance != right.distance { return left.distance < right.distance }
        let (first, second) = (left.location.report.creationTime, right.location.report.creationTime)
        return (first, left.location.id) < (second, right.location.id)
    }
}
