import Models
import Presence
import Proximity
import Venue

/// Finds the meetings, visits and attendances of persons.
struct FactFinder: Sendable {
    let map: PresenceMap
    let presences: EventPresences
    /// All events, also those without zones.
    let events: [EventSetup]
    /// Facts that end earlier are not asked for.
    let horizon: Timestamp
    /// The current time.
    let now: Timestamp

    /// Meetings are cut this long before the horizon, in microseconds: what is cut is final.
    private static let margin: Int64 = 3_600_000_000

    /// The facts of some persons, each fact once.
    ///
    /// About a millisecond a person.
    ///
    /// - Throws: ``SearchFailure`` if a person has more meetings than the budget allows.
    func facts(of persons: [PersonID], budget: SearchBudget = SearchBudget()) throws(SearchFailure) -> [Fact] {
        let places = events.map { MeetingPlaces($0) }
        let chosen = Set(persons)
        var rule = MeetingRule()
        rule.window = horizon.microseconds - Self.margin..<Int64.max
        var facts: [Fact] = []
        for person in persons {
            for answer in try map.answers(of: person.rawValue, rule, budget: budget) {
                for meeting in answer.meetings {
                    let other = PersonID(stored: meeting.other(than: person.rawValue))
                    // The other one finds it, too.
                    if other < person, chosen.contains(other) { continue }
                    facts.append(fact(meeting, at: places.first { $0.contain(meeting) }?.event))
                }
            }
            for event in presences.events { facts += self.facts(of: person, at: event) }
        }
        return facts
    }

    private func fact(_ meeting: PersonMeeting, at event: EventID?) -> Fact {
        let (first, second) = (PersonID(stored: meeting.first), PersonID(stored: meeting.second))
        return fact(.meeting(first, second), at: event, meeting.start, meeting.end)
    }

    private func facts(of person: PersonID, at event: EventPresence) -> [Fact] {
        guard let history = event.histories[person.rawValue] else { return [] }
        let (id, plan) = (event.setup.event.id, event.setup.plan)
        let start = horizon.microseconds - Self.margin
        let visits = history.visits.lazy.filter { $0.end >= start }.map { visit in
            fact(.visit(person, plan.venue.zones[visit.zone].id), at: id, visit.start, visit.end)
        }
        let attendances = history.attendances.lazy.compactMap { attendance -> Fact? in
            let (session, ranges) = (plan.sessions[attendance.session], attendance.times.ranges)
            guard let first = ranges.first, let last = ranges.last, last.upperBound >= start else { return nil }
            var fact = fact(.attendance(person, session.id), at: id, first.lowerBound, last.upperBound)
            fact.isOver = session.microseconds.upperBound < now.microseconds
            return fact
        }
        return Array(visits) + Array(attendances)
    }

    private func fact(_ subject: Fact.Subject, at event: EventID?, _ start: Int64, _ end: Int64) -> Fact {
        Fact(
            subject,
            at: event,
            from: Timestamp(microseconds: start),
            to: Timestamp(microseconds: end),
            isOver: end + subject.gap < now.microseconds
        )
    }
}

/// Decides for one task whether a meeting was at an event: at its venue, within its opening hours and an hour around.
private struct MeetingPlaces {
    let event: EventID
    private let setup: EventSetup
    private let reader: VenueReader?

    init(_ setup: EventSetup) {
        (event, self.setup) = (setup.event.id, setup)
        reader = setup.venue.map { VenueReader($0) }
    }

    func contain(_ meeting: PersonMeeting) -> Bool {
        setup.covers(meeting.start..<max(meeting.end, meeting.start + 1))
            && reader.map { !$0.zones(at: meeting.place).isEmpty } ?? true
    }
}

extension Fact.Subject {
    /// The longest interruption of a fact, in microseconds.
    var gap: Int64 {
        switch self {
        case .meeting: Int64(MeetingRule().gap * 1_000_000)
        case .visit, .attendance: Int64(VisitRule().gap * 1_000_000)
        }
    }
}
