import Models
import Presence
import Proximity
import Venue

/// A meeting with its zones, and the sessions that took place there at that time.
struct MeetingRow: RankedRow {
    let meeting: PersonMeeting
    let setting: MeetingSetting

    func other(than person: Int32) -> Int32 { meeting.other(than: person) }

    func rank(for person: PersonID) -> MeetingRank {
        MeetingRank(
            significance: meeting.evidence,
            start: Timestamp(microseconds: meeting.start),
            other: other(than: person)
        )
    }

    /// The size in bytes of a meeting with two overlaps, without zones and sessions.
    static let plainSize = MemoryLayout<Self>.stride + 2 * MemoryLayout<Overlap>.stride

    var size: Int {
        Self.plainSize + (setting.zones.count + setting.sessions.count) * MemoryLayout<MeetingSetting.Place>.stride
    }

    /// The meetings of a person as a view shows them, ordered by the id of the other person.
    ///
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    static func all(
        of person: PersonID,
        in map: PresenceMap,
        _ events: EventPresences,
        _ rule: MeetingRule,
        at scope: EventScope? = nil,
        as view: LimitedView? = nil,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [MeetingRow] {
        let answers = try map.answers(of: person.rawValue, rule, budget: budget, where: scope.filter(in: map, as: view))
        let rows = rows(of: answers.flatMap(\.meetings), at: events.events)
        return view.map { rows.map($0.shown(_:)) } ?? rows
    }

    /// Finds the zones and sessions of each meeting.
    static func rows(of meetings: [PersonMeeting], at events: [EventPresence]) -> [MeetingRow] {
        let readers = events.map { VenueReader($0.setup.plan.venue) }
        return meetings.map { MeetingRow(meeting: $0, setting: MeetingSetting(of: $0, at: events, readers)) }
    }
}
