/// How long persons stay in the zones of an event, and how many come back.
package struct Dwell: Sendable {
    /// A zone's row.
    package struct Row: Hashable, Sendable {
        /// The index of the zone in ``VenuePlan/zones``.
        package let zone: Int
        /// The published number of visitors.
        package let visitors: Int
        /// The lower quartile of the durations of visits in seconds, a multiple of a minute, as all durations.
        package let lowerQuartile: Double
        /// The median duration in seconds.
        package let median: Double
        /// The upper quartile in seconds.
        package let upperQuartile: Double
        /// The share of visitors who came back after having left, a multiple of a tenth.
        package let returnShare: Double
    }

    /// The zones with at least five visitors, in the plan's order.
    package let rows: [Row]

    /// Measures the visits that begin within a day.
    ///
    /// O(visits × log visits).
    package init(of histories: some Sequence<EventHistory>, day: Range<Int64>) {
        var durations: [Int: [Double]] = [:]
        var persons: [Int: (all: Int, back: Int)] = [:]
        for history in histories {
            let own = Dictionary(grouping: history.visits.filter { day.contains($0.start) }, by: \.zone)
            for (zone, visits) in own {
                durations[zone, default: []] += visits.map(\.seconds)
                persons[zone, default: (0, 0)].all += 1
                if visits.count > 1 { persons[zone, default: (0, 0)].back += 1 }
            }
        }
        rows = persons.sorted { $0.key < $1.key }.compactMap { zone, persons in
            guard let visitors = Disclosure.published(persons.all), let sorted = durations[zone]?.sorted() else {
                return nil
            }
            return Row(
                zone: zone,
                visitors: visitors,
                lowerQuartile: Self.quantile(0.25, of: sorted),
                median: Self.quantile(0.5, of: sorted),
                upperQuartile: Self.quantile(0.75, of: sorted),
                returnShare: (Double(persons.back) / Double(persons.all) * 10).rounded() / 10
            )
        }
    }

    /// The value at a share of sorted values, rounded to a minute.
    private static func quantile(_ share: Double, of sorted: [Double]) -> Double {
        (Disclosure.quantile(share, of: sorted) / 60).rounded() * 60
    }
}
