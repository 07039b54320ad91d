import HTTPServer
import ICalendar
import Models
import Persistence

/// Reads and writes programmes as iCalendar: the location is the room, the attendees' names are the speakers.
enum CalendarProgramme {
    /// Reads a programme; the event's time zone is that of times without a zone.
    ///
    /// - Throws: a 422 problem that names the event of the calendar.
    static func read(_ bytes: [UInt8], timeZone: String) throws -> ProgrammeDocument {
        let events: [CalendarEvent]
        do throws(ICalendarError) {
            events = try ICalendar.events(in: bytes, timeZone: timeZone, maximumEvents: EventStore.maximumSessions)
        } catch {
            throw problem(of: error)
        }
        var document = ProgrammeDocument()
        for (index, event) in events.enumerated() {
            let time = Timestamp(seconds: event.start)..<Timestamp(seconds: event.end)
            let details = SessionDetails(
                code: event.id,
                room: event.place,
                time: time,
                title: event.title,
                speakers: event.names
            )
            document.sessions.append(PlannedSession(details: details, pointer: "/events/\(index)"))
        }
        return document
    }

    private static func problem(of error: ICalendarError) -> Problem {
        let (event, detail): (Int?, String) =
            switch error {
            case .malformed: (nil, "Expected an iCalendar object: text from BEGIN:VCALENDAR to END:VCALENDAR.")
            case .tooManyEvents: (nil, "Expected at most \(EventStore.maximumSessions) events and occurrences.")
            case .noID(let event): (event, "Expected a UID.")
            case .noTime(let event): (event, "Expected DTSTART, and DTEND or DURATION, of a time after the start.")
            case .recurrence(let event):
                (event, "Expected an RRULE that recurs daily at most, such as FREQ=DAILY;COUNT=3.")
            }
        guard let event else { return Problem(.unprocessableContent, detail) }
        return Problem(
            .unprocessableContent,
            "An event of the calendar is invalid.",
            errors: [.pointer("/events/\(event)", detail)]
        )
    }

    /// Writes a programme.
    static func bytes(_ sessions: [ProgrammeSession], of event: Event) -> [UInt8] {
        let events = sessions.map { session in
            CalendarEvent(
                id: session.code,
                start: session.time.lowerBound.seconds,
                end: session.time.upperBound.seconds,
                title: session.title,
                place: session.room,
                names: session.speakers
            )
        }
        // A constant time, so that equal programmes make equal files.
        let stamp = sessions.first?.time.lowerBound.seconds ?? 0
        return ICalendar.text(of: events, named: event.details.name, stamp: stamp)
    }
}

extension Timestamp {
    init(seconds: Int64) {
        self.init(microseconds: seconds * 1_000_000)
    }

    /// Seconds since 1970, rounded down.
    var seconds: Int64 { microseconds.dividedRoundingDown(by: 1_000_000) }
}
