/// Locations without repeats: the first one of each person and time, and the rare further ones, which have another
/// device or place.
package struct LocationsByMoment {
    /// A person and a time.
    package struct Moment: Hashable {
        private let person: Int32
        private let time: Int64

        /// The person and the time of a report.
        package init(_ report: LocationReport) {
            person = report.personID.rawValue
            time = report.creationTime.microseconds
        }
    }

    /// The maximum number of locations of a person at one time: one per device, and one without a device.
    ///
    /// The bound keeps the cost of each location constant, whatever a client sends.
    package static let maximumCount = 256

    /// The location with the smallest number of each person and time.
    package private(set) var firsts: [Location] = []
    private var others: [Location] = []
    private var places: [Moment: Int] = [:]

    /// An empty collection.
    ///
    /// - Parameter minimumCapacity: the number of locations to reserve space for.
    package init(minimumCapacity: Int) {
        places.reserveCapacity(minimumCapacity)
        firsts.reserveCapacity(minimumCapacity)
    }

    /// Adds a location; O(1).
    package mutating func add(_ location: Location) {
        let moment = Moment(location.report)
        guard let place = places[moment] else {
            places[moment] = firsts.count
            firsts.append(location)
            return
        }
        let isEarlier = location.id < firsts[place].id
        others.append(isEarlier ? firsts[place] : location)
        if isEarlier { firsts[place] = location }
    }

    /// The further locations, ordered by number, without repeats; O(n log n).
    package var twins: [Location] {
        guard !others.isEmpty else { return [] }
        var identities = Set(firsts.lazy.map(\.report.identity))
        return others.sorted { $0.id < $1.id }.filter { identities.insert($0.report.identity).inserted }
    }

    /// The time range; `nil` if there is no location.
    package var times: ClosedRange<Timestamp>? {
        guard let earliest = firsts.lazy.map(\.report.creationTime).min(),
            let latest = firsts.lazy.map(\.report.creationTime).max()
        else { return nil }
        return earliest...latest
    }
}
