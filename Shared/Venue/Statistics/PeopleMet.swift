/// How many others the attendees of an event met, in totals.
package struct PeopleMet: Hashable, Sendable {
    /// The published number of persons who met at least one other.
    package let persons: Int
    /// The lower quartile of the number of others that these persons met.
    package let lowerQuartile: Int
    /// The median number of others.
    package let median: Int
    /// The upper quartile.
    package let upperQuartile: Int
    /// The published number of meetings; `nil` if it is hidden.
    package let meetings: Int?
    /// The time together of all meetings in minutes, a multiple of ten.
    package let minutes: Int

    package init(
        persons: Int,
        lowerQuartile: Int,
        median: Int,
        upperQuartile: Int,
        meetings: Int?,
        minutes: Int
    ) {
        (self.persons, self.lowerQuartile, self.median) = (persons, lowerQuartile, median)
        (self.upperQuartile, self.meetings, self.minutes) = (upperQuartile, meetings, minutes)
    }

    /// Sums up the meetings of persons; 12 bytes a person.
    package struct Sum: Sendable {
        private var others: [Int32: Int32] = [:]
        private var last: (first: Int32, second: Int32)?
        private var meetings = 0
        private var seconds = 0.0

        package init() {}

        /// Adds a meeting of two persons; all meetings of the same two follow each other.
        package mutating func add(_ first: Int32, _ second: Int32, seconds: Double) {
            meetings += 1
            self.seconds += seconds
            if let last, last == (first, second) { return }
            last = (first, second)
            for person in [first, second] { others[person, default: 0] += 1 }
        }

        /// The published figures; `nil` if fewer than five persons met another.
        ///
        /// O(persons × log persons).
        package var published: PeopleMet? {
            guard let persons = Disclosure.published(others.count) else { return nil }
            let sorted = others.values.sorted().map { Int($0) }
            return PeopleMet(
                persons: persons,
                lowerQuartile: Disclosure.quantile(0.25, of: sorted),
                median: Disclosure.quantile(0.5, of: sorted),
                upperQuartile: Disclosure.quantile(0.75, of: sorted),
                meetings: Disclosure.published(meetings),
                minutes: Int((seconds / 600).rounded()) * 10
            )
        }
    }
}
