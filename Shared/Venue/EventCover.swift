package import Models

/// Decides whether locations lie within the venue and the opening hours of an event, with a margin.
///
/// An event without a venue is everywhere, and one without hours is at any time.
package struct EventCover: Sendable {
    /// The distance and the time by which a location may be outside.
    package struct Margin: Hashable, Sendable {
        /// Metres.
        package let metres: Double
        /// Microseconds.
        package let time: Int64

        package init(metres: Double, time: Int64) {
            (self.metres, self.time) = (metres, time)
        }
    }

    private struct EventHours {
        let hours: [Range<Timestamp>]
        /// The index of the venue; `nil` for an event everywhere.
        let venue: Int?
    }

    private let margin: Margin
    private var events: [EventHours] = []
    private let venues: PlanGeometry

    /// Prepares the venues of events.
    ///
    /// - Throws: ``VenuePlan/InvalidZone`` for the first venue that is not valid, which is never stored.
    package init(_ events: [Event], margin: Margin) throws(VenuePlan.InvalidZone) {
        self.margin = margin
        var areas: [ZoneArea] = []
        for event in events {
            if let venue = event.details.venue { areas.append(venue) }
            self.events.append(
                EventHours(
                    hours: event.details.hours,
                    venue: event.details.venue == nil ? nil : areas.count - 1
                )
            )
        }
        venues = try PlanGeometry(areas)
    }

    /// Whether an event covers any place at any time, so that nothing lies outside.
    package var coversEverything: Bool {
        events.contains { $0.hours.isEmpty && $0.venue == nil }
    }

    /// Returns for each location whether an event covers it; a few microseconds for each.
    ///
    /// Costs O(opening hours) more whenever an event opens or closes between two locations.
    package func covers(_ locations: [Location]) -> [Bool] {
        guard !coversEverything else { return locations.map { _ in true } }
        let fence = VenueFence(venues)
        var period = Period(span: 0..<0, hasOpenPlace: false, venues: [])
        return locations.map { location in
            let time = location.report.creationTime.microseconds
            if !period.span.contains(time) { period = self.period(at: time) }
            guard !period.hasOpenPlace else { return true }
            guard !period.venues.isEmpty else { return false }
            let near = fence.areas(within: margin.metres, of: location.report.coordinate)
            return near.contains(where: period.venues.contains)
        }
    }

    /// A time in which no event opens or closes.
    private struct Period {
        /// Microseconds since 1970.
        var span: Range<Int64>
        /// Whether an event without a venue is open.
        var hasOpenPlace: Bool
        /// The venues of the other open events.
        var venues: Set<Int>
    }

    private func period(at time: Int64) -> Period {
        var (start, end) = (Int64.min, Int64.max)
        var period = Period(span: time..<time, hasOpenPlace: false, venues: [])
        for event in events {
            var isOpen = event.hours.isEmpty
            for hours in event.hours {
                let opens = hours.lowerBound.microseconds - margin.time
                let closes = hours.upperBound.microseconds + margin.time
                if opens <= time, time < closes { isOpen = true }
                for change in [opens, closes] {
                    if change <= time { start = max(start, change) } else { end = min(end, change) }
                }
            }
            guard isOpen else { continue }
            if let venue = event.venue { period.venues.insert(venue) } else { period.hasOpenPlace = true }
        }
        period.span = start..<end
        return period
    }
}
