/// The number of persons who went from one zone of an event to another one.
package struct Flows: Sendable {
    /// A pair of zones.
    package struct Row: Hashable, Sendable {
        /// The index of the zone that was left.
        package let from: Int
        /// The index of the next zone.
        package let to: Int
        /// The published number of persons.
        package let persons: Int
    }

    /// The pairs with at least five persons, the most frequent first.
    package let rows: [Row]

    /// The maximum time between two visits of a flow, in microseconds.
    private static let longestWay: Int64 = 900_000_000

    private struct Pair: Hashable {
        let from: Int
        let to: Int
    }

    /// Counts the persons who visited two zones one after the other within a quarter of an hour.
    ///
    /// Both visits begin within a day. Only visits without a visit inside them count: a booth, not the hall around it. O(visits²)
    /// for each person.
    package init(of histories: some Sequence<EventHistory>, _ plan: EventPlan, day: Range<Int64>) {
        var counts: [Pair: Int] = [:]
        for history in histories {
            let visits = history.visits.filter { day.contains($0.start) }
            let inner = visits.filter { visit in
                !visits.contains { other in
                    plan.venue.ancestors[other.zone].contains(visit.zone) && other.start < visit.end
                        && other.end > visit.start
                }
            }
            let pairs = zip(inner, inner.dropFirst()).compactMap { one, next in
                one.zone != next.zone && next.start - one.end <= Self.longestWay
                    ? Pair(from: one.zone, to: next.zone) : nil
            }
            for pair in Set(pairs) { counts[pair, default: 0] += 1 }
        }
        rows = counts.compactMap { pair, persons in
            Disclosure.published(persons).map { Row(from: pair.from, to: pair.to, persons: $0) }
        }.sorted { ($1.persons, $0.from, $0.to) < ($0.persons, $1.from, $1.to) }
    }
}
