internal import Models

/// How much time persons spent in each zone of an event, for its area.
package struct HeatMap: Sendable {
    /// A zone's row.
    package struct Row: Hashable, Sendable {
        /// The index of the zone in ``VenuePlan/zones``.
        package let zone: Int
        /// The published number of visitors.
        package let visitors: Int
        /// The time of all visitors in minutes, a multiple of ten.
        package let personMinutes: Double
        /// The time of all visitors in minutes per square metre, with two digits.
        package let density: Double
        /// The number of corners of the zone's outline.
        package let corners: Int
    }

    /// The zones with at least five visitors, in the plan's order.
    package let rows: [Row]

    /// Adds the times in each zone within a day.
    ///
    /// O(visits).
    package init(of histories: some Sequence<EventHistory>, _ plan: EventPlan, day: Range<Int64>) {
        var times: [Int: (seconds: Double, persons: Int)] = [:]
        for history in histories {
            for (zone, own) in history.clamped(to: day).times {
                times[zone, default: (0, 0)].seconds += own.seconds
                times[zone, default: (0, 0)].persons += 1
            }
        }
        rows = times.sorted { $0.key < $1.key }.compactMap { zone, time in
            Disclosure.published(time.persons).map { visitors in
                let minutes = (time.seconds / 600).rounded() * 10
                let area = max(plan.venue.squareMetres(of: zone), 1)
                return Row(
                    zone: zone,
                    visitors: visitors,
                    personMinutes: minutes,
                    density: (minutes / area * 100).rounded() / 100,
                    corners: plan.venue.zones[zone].area.polygons.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
                )
            }
        }
    }
}
