import Geospatial
import Models
import Presence
import Venue

/// The limits of a question about one event: its hours and its venue.
///
/// A replica that has only the locations of the event gives the same answer as one with all locations.
struct EventScope: Sendable {
    /// The event.
    let event: EventID
    /// The time from the first opening to the last closing; `nil` for all time.
    private let time: Range<Int64>?
    /// The venue as the only zone of a plan; `nil` for all places.
    private let venue: VenuePlan?

    /// The limits of an event.
    init(_ setup: EventSetup) {
        event = setup.event.id
        let hours = setup.event.details.hours
        time = hours.first.flatMap { first in
            hours.last.map { first.lowerBound.microseconds..<$0.upperBound.microseconds }
        }
        venue = setup.venue
    }

    /// The part of a window within the event's hours; it may be empty.
    func clamped(_ window: TimeWindow) -> TimeWindow {
        time.map { TimeWindow(microseconds: $0.clamped(to: window.microseconds)) } ?? window
    }

    /// Decides for one task whether overlaps are at the venue.
    func filter(in map: PresenceMap) -> (Overlap) -> Bool {
        guard let venue else { return { _ in true } }
        let reader = VenueReader(venue)
        return { !reader.zones(at: map.place(of: $0)).isEmpty }
    }
}

extension EventScope? {
    /// Decides for one task whether overlaps are within the limits, and whether a view shows them; without both, all are.
    func filter(in map: PresenceMap, as view: LimitedView? = nil) -> (Overlap) -> Bool {
        let isInside = self?.filter(in: map) ?? { _ in true }
        guard let view else { return isInside }
        return { view.shows($0, in: map) && isInside($0) }
    }
}

extension EventPresences {
    /// The event of a scope only.
    func limited(to scope: EventScope?) -> EventPresences {
        guard let scope else { return self }
        return EventPresences(events: events.filter { $0.setup.event.id == scope.event })
    }
}
