import ICalendar
import Testing

@Suite struct ICalendarTests {
    private static let events = [
        CalendarEvent(
            id: "a@example",
            start: 1_777_888_800,
            end: 1_777_890_600,
            title:
                "Opening, with a comma; and a very long title that has to be folded after seventy-five octets, ¡olé!",
            place: "Main stage",
            names: ["Zoë \"Z\" Quinn", "Li, Ming"]
        ),
        CalendarEvent(id: "b", start: 1_777_890_600, end: 1_777_894_200, title: ""),
    ]

    private static func read(_ lines: [String], zone: String = "UTC", upTo limit: Int = 100) throws -> [CalendarEvent] {
        let text = (["BEGIN:VCALENDAR", "VERSION:2.0"] + lines + ["END:VCALENDAR", ""]).joined(separator: "\r\n")
        return try ICalendar.events(in: Array(text.utf8), timeZone: zone, maximumEvents: limit)
    }

    private static func event(_ lines: String...) -> [String] {
        ["BEGIN:VEVENT", "UID:x"] + lines + ["END:VEVENT"]
    }

    @Test func readsWhatItWrote() throws {
        let text = ICalendar.text(of: Self.events, named: "Fair", stamp: 0)
        #expect(try ICalendar.events(in: text, timeZone: "UTC", maximumEvents: 2) == Self.events)
        #expect(throws: ICalendarError.tooManyEvents) {
            try ICalendar.events(in: text, timeZone: "UTC", maximumEvents: 1)
        }
    }

    /// 2026-05-04T10:00 in Madrid is 08:00 UTC.
    @Test(arguments: [
        (["DTSTART:20260504T080000Z", "DTEND:20260504T083000Z"], "UTC"),
        (["DTSTART:20260504T100000", "DURATION:PT30M"], "Europe/Madrid"),
        (["DTSTART;TZID=Europe/Madrid:20260504T100000", "DTEND;TZID=Europe/Madrid:20260504T103000"], "Asia/Tokyo"),
    ])
    func readsTimesInTheirZones(lines: [String], zone: String) throws {
        let events = try Self.read(["BEGIN:VEVENT", "UID:x"] + lines + ["END:VEVENT"], zone: zone)
        #expect(events.map(\.start) == [1_777_881_600])
        #expect(events.map(\.end) == [1_777_883_400])
    }

    @Test func readsAZoneThatTheCalendarDefines() throws {
        let zone = [
            "BEGIN:VTIMEZONE", "TZID:Custom", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0300",
            "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE",
        ]
        let event = Self.event("DTSTART;TZID=Custom:20260504T110000", "DTEND;TZID=Custom:20260504T113000")
        #expect(try Self.read(zone + event).map(\.start) == [1_777_881_600])
    }

    @Test func expandsRecurringEvents() throws {
        let daily = Self.event(
            "DTSTART:20260504T080000Z",
            "DTEND:20260504T083000Z",
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE:20260505T080000Z"
        )
        let moved = Self.event(
            "RECURRENCE-ID:20260506T080000Z",
            "DTSTART:20260506T090000Z",
            "DTEND:20260506T093000Z"
        )
        for lines in [daily + moved, moved + daily] {
            let events = try Self.read(lines).sorted { $0.start < $1.start }
            let starts: [Int64] = events.map { $0.start - 1_777_881_600 }
            #expect(starts == [0, 176_400, 259_200])
            #expect(Set(events.map(\.id)).count == 3)
        }
    }

    @Test func boundsEndlessRules() throws {
        let times = ["DTSTART:20260504T080000Z", "DTEND:20260504T083000Z"]
        func recurring(_ rule: String) throws -> [CalendarEvent] {
            try Self.read(["BEGIN:VEVENT", "UID:x"] + times + ["RRULE:\(rule)", "END:VEVENT"], upTo: 10_000)
        }
        #expect(try recurring("FREQ=DAILY").count == 367)
        #expect(try recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29").isEmpty)
        for rule in ["FREQ=SECONDLY", "FREQ=HOURLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"] {
            #expect(throws: ICalendarError.recurrence(event: 0), "\(rule)") { try recurring(rule) }
        }
    }

    @Test func leavesOutWholeDaysAndCancelledEvents() throws {
        let lines =
            Self.event("DTSTART;VALUE=DATE:20260504", "DTEND;VALUE=DATE:20260505")
            + Self.event("DTSTART:20260504T080000Z", "DTEND:20260504T083000Z", "STATUS:CANCELLED")
        #expect(try Self.read(lines).isEmpty)
    }

    @Test func rejectsWhatIsNotACalendar() throws {
        for text in ["", "no calendar", "BEGIN:VEVENT\r\nEND:VEVENT\r\n", "BEGIN:VCALENDAR\0"] {
            #expect(throws: ICalendarError.malformed) {
                try ICalendar.events(in: Array(text.utf8), timeZone: "UTC", maximumEvents: 1)
            }
        }
        #expect(throws: ICalendarError.noTime(event: 0)) { try Self.read(Self.event()) }
        #expect(throws: ICalendarError.noTime(event: 0)) {
            try Self.read(Self.event("DTSTART:20260504T080000Z", "DTEND:20260504T070000Z"))
        }
        #expect(throws: ICalendarError.noID(event: 0)) {
            try Self.read(["BEGIN:VEVENT", "DTSTART:20260504T080000Z", "DTEND:20260504T083000Z", "END:VEVENT"])
        }
    }

    @Test func knowsTheZonesOfTheDatabase() {
        for name in ["UTC", "Europe/Madrid", "Etc/UTC", "US/Pacific"] { #expect(ICalendar.knowsTimeZone(name)) }
        for name in ["", "Mars/Base", "../../etc/passwd", "europe madrid"] { #expect(!ICalendar.knowsTimeZone(name)) }
        #expect(ICalendar.moment(of: "20260504T100000", in: "Europe/Madrid") == 1_777_881_600)
        #expect(ICalendar.moment(of: "20260504", in: "Europe/Madrid") == nil)
    }
}
