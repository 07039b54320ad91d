/// Locations without repetitions: the first of each person and moment, and the few others, which are of another device or
/// place.
package struct LocationsByMoment {
    /// A person and a time.
    package struct Moment: Hashable {
        private let person: Int32
        private let time: Int64

        /// The moment of a report.
        package init(_ report: LocationReport) {
            person = report.personID.rawValue
            time = report.creationTime.microseconds
        }
    }

    /// The most locations of a person and a moment: one of each device, and one without a device.
    ///
    /// The bound keeps a client from making each further location of a moment dearer than the one before.
    package static let maximumCount = 256

    /// The location of each person and moment with the least number.
    package private(set) var firsts: [Location] = []
    private var others: [Location] = []
    private var places: [Moment: Int] = [:]

    /// An empty collection.
    ///
    /// - Parameter minimumCapacity: how many locations it takes without growing.
    package init(minimumCapacity: Int) {
        places.reserveCapacity(minimumCapacity)
        firsts.reserveCapacity(minimumCapacity)
    }

    /// Takes a location; O(1).
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

    /// The other locations by number, without those that repeat a first one or each other; O(n log n).
    package var twins: [Location] {
        guard !others.isEmpty else { return [] }
        var identities = Set(firsts.lazy.map(\.report.identity))
        return others.sorted { $0.id < $1.id }.filter { identities.insert($0.report.identity).inserted }
    }

    /// From the earliest to the latest moment; `nil` if there is no location.
    package var times: ClosedRange<Timestamp>? {
        guard let earliest = firsts.lazy.map(\.report.creationTime).min(),
            let latest = firsts.lazy.map(\.report.creationTime).max()
        else { return nil }
        return earliest...latest
    }
}
