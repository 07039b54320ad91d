import Models
import Presence
import Venue

/// The zones in which a meeting was, and the sessions during which it was.
struct MeetingSetting: Hashable, Sendable {
    /// A zone or session by its event and its index in the event's plan.
    struct Place: Hashable, Sendable {
        let event: EventID
        let index: Int
    }

    /// The innermost zones that both visited during the meeting, the longest time first.
    var zones: [Place] = []
    /// The sessions that took place there at that time.
    var sessions: [Place] = []

    /// The maximum number of zones, and of sessions.
    static let most = 3
    /// The minimum time in a zone or session during the meeting, in seconds, unless the meeting is shorter than twice that.
    private static let least = 60.0

    /// Finds the setting of a meeting.
    ///
    /// Where both walked, no visits tell the zone; then the place of the meeting does.
    init(of meeting: PersonMeeting, at events: [EventPresence], _ readers: [VenueReader]) {
        guard meeting.start < meeting.end else { return }
        let span = meeting.start..<meeting.end
        let least = min(Self.least, Double(span.count) / 2_000_000)
        for (event, reader) in zip(events, readers) where event.setup.covers(span) {
            let plan = event.setup.plan
            var found = event.zones(of: (meeting.first, meeting.second), during: span, least: least)
            if found.isEmpty { found = reader.zones(at: meeting.place) }
            let inner = found.filter { zone in !found.contains { plan.venue.ancestors[$0].contains(zone) } }
            zones += inner.prefix(Self.most).map { Place(event: event.setup.event.id, index: $0) }
            sessions += plan.sessions(in: inner, during: span, least: least).prefix(Self.most)
                .map { Place(event: event.setup.event.id, index: $0) }
        }
    }

    init() {}
}

extension EventPresence {
    /// The zones in which two persons were at the same time in a time range, the longest time first.
    fileprivate func zones(of persons: (Int32, Int32), during span: Range<Int64>, least: Double) -> [Int] {
        guard let one = histories[persons.0], let other = histories[persons.1] else { return [] }
        let own = one.clamped(to: span).times
        let its = other.clamped(to: span).times
        return own.compactMap { zone, times in
            its[zone].map { (zone: zone, seconds: times.intersection($0).seconds) }
        }
        .filter { $0.seconds >= least }
        .sorted { ($1.seconds, $0.zone) < ($0.seconds, $1.zone) }.map(\.zone)
    }
}

extension EventPlan {
    /// The sessions in some zones, or in zones around them, that overlap a time range by some seconds.
    fileprivate func sessions(in zones: [Int], during span: Range<Int64>, least: Double) -> [Int] {
        sessions.indices.filter { index in
            guard let zone = sessions[index].zone.flatMap({ venue.indices[$0] }) else { return false }
            let common = sessions[index].microseconds.clamped(to: span)
            return Double(common.count) / 1_000_000 >= least && zones.contains { isZone($0, within: zone) }
        }
    }
}
