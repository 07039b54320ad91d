import Models
import Presence
import Venue

/// An event with its zones and programme, prepared for questions.
struct EventSetup: Sendable {
    let event: Event
    let plan: EventPlan
    /// The venue's area as the only zone of a plan; `nil` if the event is everywhere.
    let venue: VenuePlan?

    /// Prepares an event; a venue that is not valid, which is never stored, counts as everywhere.
    init(event: Event, plan: EventPlan) {
        (self.event, self.plan) = (event, plan)
        let zone = event.details.venue.map {
            Zone(id: ZoneID(stored: 1), code: "venue", name: event.details.name, kind: .other, area: $0)
        }
        venue = zone.flatMap { try? VenuePlan([$0]) }
    }

    /// Visits count up to an hour before the opening and after the closing, in microseconds.
    private static let margin: Int64 = 3_600_000_000

    /// The times of which visits count; `nil` for all times.
    var times: [Range<Int64>]? {
        let hours = event.details.hours.map { hours in
            hours.lowerBound.microseconds - Self.margin..<hours.upperBound.microseconds + Self.margin
        }
        return hours.isEmpty ? nil : Intervals(hours).ranges
    }

    /// Whether visits within a time range may count.
    func covers(_ range: Range<Int64>) -> Bool {
        times.map { $0.contains { $0.overlaps(range) } } ?? true
    }

    /// The transmitters that zones register.
    var hints: Set<ZoneHint> { Set(plan.venue.zones.lazy.flatMap(\.hints)) }

    /// The history of a person.
    func history(of segments: PersonSegments, _ sightings: [ZoneSighting], _ finder: VisitFinder) -> EventHistory {
        let own = times.map { segments.during($0) } ?? segments
        return EventHistory(finder.visits(of: own, sightings: sightings), plan)
    }
}
