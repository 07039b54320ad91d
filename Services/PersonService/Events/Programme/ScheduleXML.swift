import HTTPServer
import Models
import Persistence
import XML

/// Reads `schedule.xml` of frab and pretalx.
struct ScheduleXML {
    private var document = ProgrammeDocument()
    private var timeZone: String
    private var path: [String] = []
    private var text = ""
    private var (day, room) = ("", "")
    private var item: ScheduleItem?
    private var count = 0

    private init(timeZone: String) {
        self.timeZone = timeZone
    }

    /// Reads a programme; the event's time zone is that of local times if the schedule names none.
    ///
    /// - Throws: a 400 problem for malformed XML; `errors` receives problems of the content.
    static func read(
        _ bytes: [UInt8],
        timeZone: String,
        _ errors: inout ContentErrors
    ) throws(Problem) -> ProgrammeDocument {
        var schedule = ScheduleXML(timeZone: timeZone)
        let reader = XMLReader()
        // Pieces bound the number of parts that are in memory at a time.
        for start in stride(from: 0, to: bytes.count, by: 1 << 16) {
            let piece = Array(bytes[start..<min(bytes.count, start + 1 << 16)])
            for part in reader.read(piece) { schedule.take(part, &errors) }
        }
        for part in reader.finish() { schedule.take(part, &errors) }
        if let failure = reader.failure {
            throw Problem(.badRequest, "The body is not the XML that was expected: \(failure).")
        }
        guard schedule.isSchedule else {
            throw Problem(
                .unprocessableContent,
                "Expected a schedule of frab or pretalx, whose root element is schedule."
            )
        }
        return schedule.document
    }

    private var isSchedule = false

    private mutating func take(_ part: XMLEvent, _ errors: inout ContentErrors) {
        switch part {
        case .start(let name, let attributes, _): begin(name, attributes)
        case .text(let more):
            // Descriptions are not kept.
            if text.utf8.count < 1 << 16 { text += more }
        case .end(let name): end(name, &errors)
        }
    }

    private mutating func begin(_ name: String, _ attributes: [XMLAttribute]) {
        func attribute(_ name: String) -> String { attributes.first { $0.name == name }?.value ?? "" }
        if path.isEmpty { isSchedule = name == "schedule" }
        path.append(name)
        text = ""
        switch (name, path.count) {
        case ("day", 2): day = attribute("date")
        case ("room", 3): room = Self.trimmed(attribute("name"))
        case ("event", 4):
            var begun = ScheduleItem()
            (begun.guid, begun.id, begun.room) = (attribute("guid"), attribute("id"), room)
            item = begun
        default: break
        }
    }

    private mutating func end(_ name: String, _ errors: inout ContentErrors) {
        defer {
            path.removeLast()
            text = ""
        }
        let content = Self.trimmed(text)
        switch (name, path.count) {
        case ("time_zone_name", 3): if !content.isEmpty { timeZone = content }
        case ("date", 5): item?.date = content
        case ("start", 5): item?.start = content
        case ("duration", 5): item?.duration = content
        case ("title", 5): item?.title = content
        case ("room", 5): if !content.isEmpty { item?.room = content }
        case ("person", 6): item?.speakers.append(content)
        case ("event", 4): finishItem(&errors)
        default: break
        }
    }

    private mutating func finishItem(_ errors: inout ContentErrors) {
        defer {
            item = nil
            count += 1
        }
        guard count <= EventStore.maximumSessions, let item,
            let session = item.session(at: "/events/\(count)", day: day, timeZone: timeZone, &errors)
        else { return }
        document.sessions.append(session)
    }

    static func trimmed(_ text: String) -> String {
        let rest = text.drop { $0.isWhitespace }
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(rest[...last])
    }

    // MARK: Writing

    /// Writes a programme; all times are in UTC.
    static func bytes(_ sessions: [ProgrammeSession], of event: Event) -> [UInt8] {
        let days = ScheduleDay.days(of: sessions)
        var lines = [
            #"<?xml version="1.0" encoding="utf-8"?>"#,
            "<schedule>",
            #"<generator name="UdaConnect"/>"#,
            "<version>1.0</version>",
            "<conference>",
            "<title>\(escaped(event.details.name))</title>",
            "<acronym>event-\(event.id.rawValue)</acronym>",
            "<start>\(days.first.map(\.date.description) ?? "")</start>",
            "<end>\(days.last.map(\.date.description) ?? "")</end>",
            "<days>\(days.count)</days>",
            "<timeslot_duration>00:05</timeslot_duration>",
            "<time_zone_name>UTC</time_zone_name>",
            "</conference>",
        ]
        for (index, day) in days.enumerated() {
            lines.append(#"<day index="\#(index + 1)" date="\#(day.date)">"#)
            for room in day.rooms {
                lines.append("<room name=\"\(escaped(room.name))\">")
                for session in room.sessions { lines += self.lines(of: session) }
                lines.append("</room>")
            }
            lines.append("</day>")
        }
        lines.append("</schedule>")
        return Array(lines.joined(separator: "\n").utf8)
    }

    private static func lines(of session: ProgrammeSession) -> [String] {
        let start = session.time.lowerBound.description
        return [
            "<event id=\"\(session.id.rawValue)\" guid=\"\(escaped(session.code))\">",
            "<date>\(start)+00:00</date>",
            "<start>\(start.dropFirst(11).prefix(5))</start>",
            "<duration>\(ScheduleItem.text(ofLength: session.time))</duration>",
            "<room>\(escaped(session.room ?? ""))</room>",
            "<title>\(escaped(session.title))</title>",
            "<persons>",
        ]
            + session.speakers.enumerated().map { "<person id=\"\($0 + 1)\">\(escaped($1))</person>" } + [
                "</persons>", "</event>",
            ]
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
    }
}
