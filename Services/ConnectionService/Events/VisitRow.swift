import HTTPServer
import Models
import Venue

/// A visit in the list of a person or of a zone.
struct VisitRow: SizedRow {
    let event: EventID
    let zone: ZoneID
    /// The visitor.
    let person: PersonID
    let visit: Visit
    /// The sessions in the zone that the person attended during the visit, as indices of the plan.
    let sessions: [Attendance]

    var size: Int {
        MemoryLayout<Self>.stride + sessions.count
            * (MemoryLayout<Attendance>.stride + MemoryLayout<Range<Int64>>.stride)
    }

    /// The position in a list.
    var key: VisitKey { VisitKey(start: visit.start, person: person, event: event, zone: zone) }

    /// The visits of a person at an event.
    static func all(of person: PersonID, at event: EventPresence, during window: TimeWindow) -> [VisitRow] {
        rows(event.history(of: person, during: window), of: person, event.setup)
    }

    /// The visits of a zone by all persons.
    static func all(of zone: Int, at event: EventPresence, during window: TimeWindow) -> [VisitRow] {
        event.histories.keys.flatMap { number -> [VisitRow] in
            let person = PersonID(stored: number)
            return rows(event.history(of: person, during: window), of: person, event.setup) { $0.zone == zone }
        }
    }

    private static func rows(
        _ history: EventHistory,
        of person: PersonID,
        _ setup: EventSetup,
        where isWanted: (Visit) -> Bool = { _ in true }
    ) -> [VisitRow] {
        history.visits.filter(isWanted).map { visit in
            let span = visit.start..<visit.end
            return VisitRow(
                event: setup.event.id,
                zone: setup.plan.venue.zones[visit.zone].id,
                person: person,
                visit: visit,
                sessions: history.attendances.filter { attendance in
                    setup.plan.sessions[attendance.session].zone == setup.plan.venue.zones[visit.zone].id
                        && !attendance.times.clamped(to: span).ranges.isEmpty
                }
            )
        }
    }
}

/// The position of a visit in a list: by start, then by the numbers of person, event and zone.
struct VisitKey: Hashable, Comparable, PathParameter {
    let start: Int64
    let person: PersonID
    let event: EventID
    let zone: ZoneID

    init(start: Int64, person: PersonID, event: EventID, zone: ZoneID) {
        (self.start, self.person, self.event, self.zone) = (start, person, event, zone)
    }

    /// Reads a cursor of four decimal numbers.
    init?(pathParameter: Substring) {
        let numbers = pathParameter.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int64($0) }
        guard numbers.count == 4, let person = PersonID(rawValue: numbers[1]),
            let event = EventID(rawValue: numbers[2]),
            let zone = ZoneID(rawValue: numbers[3])
        else { return nil }
        self.init(start: numbers[0], person: person, event: event, zone: zone)
    }

    static var expectation: String { MeetingCursor.expectation }

    /// The cursor as a query parameter; starts before 1970 do not occur.
    var text: String { "\(start)-\(person.rawValue)-\(event.rawValue)-\(zone.rawValue)" }

    static func < (left: VisitKey, right: VisitKey) -> Bool {
        (left.start, left.person, left.event, left.zone) < (right.start, right.person, right.event, right.zone)
    }
}

/// A person who attended a session.
struct AttendeeRow: SizedRow {
    let person: PersonID
    let attendance: Attendance

    var size: Int { MemoryLayout<Self>.stride + 2 * MemoryLayout<Range<Int64>>.stride }

    /// The attendees of a session, by number.
    static func all(of session: Int, at event: EventPresence) -> [AttendeeRow] {
        event.histories.sorted { $0.key < $1.key }.compactMap { person, history in
            history.attendances.first { $0.session == session }.map {
                AttendeeRow(person: PersonID(stored: person), attendance: $0)
            }
        }
    }
}
