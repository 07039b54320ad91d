internal import Models

/// The number of persons in each zone of an event over a day, in fixed bins of a quarter of an hour.
///
/// A person counts once in each bin that a visit overlaps. Bins and days are fixed, because two free windows that differ by a
/// minute would reveal the persons that came in that minute.
package struct Occupancy: Sendable {
    /// The length of a bin in microseconds.
    package static let binLength: Int64 = 900_000_000

    /// A zone's row.
    package struct Row: Sendable {
        /// The index of the zone in ``VenuePlan/zones``.
        package let zone: Int
        /// The published number of persons in each bin.
        package let persons: [Int?]
        /// The published number of persons in the whole day.
        package let visitors: Int?

        /// The first bin with the most persons; `nil` if all are hidden.
        package var peak: (bin: Int, persons: Int)? {
            persons.enumerated().compactMap { bin, persons in persons.map { (bin: bin, persons: $0) } }
                .max { ($0.persons, $1.bin) < ($1.persons, $0.bin) }
        }
    }

    /// The zones with at least one published count, in the plan's order.
    package let rows: [Row]

    /// Counts the persons in each zone.
    ///
    /// O(visits × bins of each + zones × bins).
    ///
    /// - Parameters:
    ///   - histories: the history of each person.
    ///   - plan: the zones.
    ///   - day: the day in microseconds since 1970; its last bin is shorter if ``binLength`` does not divide it.
    package init(of histories: some Sequence<EventHistory>, _ plan: EventPlan, day: Range<Int64>) {
        let bins = Int((day.upperBound - day.lowerBound + Self.binLength - 1) / Self.binLength)
        var counts: [Int: [Int]] = [:]
        var visitors: [Int: Int] = [:]
        for history in histories {
            for (zone, times) in history.clamped(to: day).times {
                visitors[zone, default: 0] += 1
                var next = 0
                for range in times.ranges {
                    let first = max(next, Int((range.lowerBound - day.lowerBound) / Self.binLength))
                    let last = Int((range.upperBound - 1 - day.lowerBound) / Self.binLength)
                    guard first <= last else { continue }
                    for bin in first...last { counts[zone, default: Array(repeating: 0, count: bins)][bin] += 1 }
                    next = last + 1
                }
            }
        }
        var published = counts.mapValues { Disclosure.published(series: $0) }
        for bin in 0..<bins { Self.hideComplements(in: &published, counts, bin, plan) }
        rows = plan.venue.zones.indices.compactMap { zone in
            let persons = published[zone] ?? []
            let all = visitors[zone].flatMap { Disclosure.published($0) }
            guard all != nil || persons.contains(where: { $0 != nil }) else { return nil }
            return Row(zone: zone, persons: persons, visitors: all)
        }
    }

    /// Hides a second child where a zone and all but one of its occupied children are published.
    ///
    /// Otherwise, the difference between the zone and its children would bound the hidden count.
    private static func hideComplements(
        in published: inout [Int: [Int?]],
        _ counts: [Int: [Int]],
        _ bin: Int,
        _ plan: EventPlan
    ) {
        var children: [Int: [Int]] = [:]
        for (zone, persons) in counts where persons[bin] > 0 {
            if let parent = plan.venue.ancestors[zone].first { children[parent, default: []].append(zone) }
        }
        for (parent, zones) in children where published[parent]?[bin] != nil {
            let shown = zones.filter { published[$0]?[bin] != nil }
            guard shown.count == zones.count - 1,
                let smallest = shown.min(by: { (counts[$0]?[bin] ?? 0, $0) < (counts[$1]?[bin] ?? 0, $1) })
            else { continue }
            published[smallest]?[bin] = Int?.none
        }
    }
}
