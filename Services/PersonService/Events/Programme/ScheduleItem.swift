import ICalendar
import Models

/// An event of a schedule of frab and pretalx, with the texts of its members.
struct ScheduleItem {
    var guid = ""
    var id = ""
    /// The start with its offset, which schedules of today state.
    var date = ""
    /// The local time of the start, such as `09:30`.
    var start = ""
    /// Hours and minutes, such as `00:45`, or days, hours and minutes.
    var duration = ""
    var room = ""
    var title = ""
    var speakers: [String] = []

    /// The session of the item.
    ///
    /// - Parameters:
    ///   - pointer: the item's place in the file.
    ///   - day: the date of the item's day, such as `2026-05-04`.
    ///   - timeZone: the time zone of local times.
    ///   - errors: receives the problems of the item.
    /// - Returns: the session; `nil` after a problem.
    func session(
        at pointer: String,
        day: String,
        timeZone: String,
        _ errors: inout ContentErrors
    ) -> PlannedSession? {
        let code = guid.isEmpty ? id : guid
        guard !code.isEmpty else {
            errors.add(pointer, "Expected a guid or an id.")
            return nil
        }
        guard let begin = Timestamp(iso8601: date.utf8) ?? localStart(day: day, timeZone: timeZone) else {
            errors.add(
                "\(pointer)/date",
                "Expected a date such as 2026-05-04T09:30:00+02:00, or a start such as 09:30."
            )
            return nil
        }
        guard let length = Self.microseconds(of: duration), length > 0 else {
            errors.add("\(pointer)/duration", "Expected a duration of hours and minutes such as 00:45.")
            return nil
        }
        let end = Timestamp(microseconds: begin.microseconds + length)
        return PlannedSession(
            details: SessionDetails(
                code: code,
                room: room.isEmpty ? nil : room,
                time: begin..<end,
                title: title,
                speakers: speakers.filter { !$0.isEmpty }
            ),
            pointer: pointer
        )
    }

    private func localStart(day: String, timeZone: String) -> Timestamp? {
        let digits = start.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(digits.count), digits.allSatisfy({ $0.utf8.count == 2 }), day.utf8.count == 10 else {
            return nil
        }
        let time = digits.joined() + (digits.count == 2 ? "00" : "")
        let text = day.filter { $0 != "-" } + "T" + time
        return ICalendar.moment(of: text, in: timeZone).map { Timestamp(seconds: $0) }
    }

    /// The length of `HH:MM`, `HH:MM:SS` (as FOSDEM writes it) or `D:HH:MM:SS`; `nil` for other texts.
    private static func microseconds(of text: String) -> Int64? {
        var numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { part in
            part.utf8.count <= 3 && part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int64(part) : nil
        }
        guard (2...4).contains(numbers.count), numbers.allSatisfy({ $0 != nil }) else { return nil }
        if numbers.count == 2 { numbers.append(0) }
        if numbers.count == 3 { numbers.insert(0, at: 0) }
        let seconds = zip(numbers, [86_400, 3_600, 60, 1] as [Int64]).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
        return seconds * 1_000_000
    }

    /// A length as `HH:MM`, or `HH:MM:SS` if it has seconds.
    static func text(ofLength range: Range<Timestamp>) -> String {
        let seconds = range.upperBound.seconds - range.lowerBound.seconds
        let parts = [seconds / 3_600, seconds / 60 % 60] + (seconds % 60 == 0 ? [] : [seconds % 60])
        return parts.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

/// A programme by days and rooms, as schedules arrange it; days and times of day are those of UTC.
struct ScheduleDay {
    let date: CalendarDate
    /// The rooms in the order of their first session, each with its sessions; a session without a room is in "".
    let rooms: [(name: String, sessions: [ProgrammeSession])]

    static func days(of sessions: [ProgrammeSession]) -> [ScheduleDay] {
        let sorted = sessions.sorted { ($0.time.lowerBound, $0.id) < ($1.time.lowerBound, $1.id) }
        let byDay = Dictionary(grouping: sorted) { $0.time.lowerBound.day }
        return byDay.sorted { $0.key < $1.key }.map { date, sessions in
            var (places, rooms) = ([:] as [String: Int], [] as [(name: String, sessions: [ProgrammeSession])])
            for session in sessions {
                let name = session.room ?? ""
                if places[name] == nil {
                    places[name] = rooms.count
                    rooms.append((name, []))
                }
                if let place = places[name] { rooms[place].sessions.append(session) }
            }
            return ScheduleDay(date: date, rooms: rooms)
        }
    }
}
