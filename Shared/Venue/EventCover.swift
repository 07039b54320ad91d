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
    package func covers(_ locations: [Location]) -> [Bool] {
        guard !coversEverything else { return locations.map { _ in true } }
        let fence = VenueFence(venues)
        return locations.map { location in
            let open = events.filter { isOpen($0, at: location.report.creationTime) }
            guard !open.contains(where: { $0.venue == nil }) else { return true }
            guard !open.isEmpty else { return false }
            let near = fence.areas(within: margin.metres, of: location.report.coordinate)
            return open.contains { event in event.venue.map(near.contains) ?? true }
        }
    }

    private func isOpen(_ event: EventHours, at time: Timestamp) -> Bool {
        guard !event.hours.isEmpty else { return true }
        return event.hours.contains { hours in
            time.microseconds >= hours.lowerBound.microseconds - margin.time
                && time.microseconds < hours.upperBound.microseconds + margin.time
        }
    }
}
