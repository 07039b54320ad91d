import HTTPServer
import JSON
import Models
import Persistence

/// Reads and writes `schedule.json` of frab and pretalx.
struct ScheduleJSON {
    private var document = ProgrammeDocument()
    private var items: [(item: ScheduleItem, day: String)] = []
    private var timeZone: String
    private var hasConference = false

    private init(timeZone: String) {
        self.timeZone = timeZone
    }

    /// Reads a programme; the event's time zone is that of local times if the schedule names none.
    ///
    /// - Throws: `JSONError` if the text is not JSON of this form; `errors` receives problems of the content.
    static func read(
        _ bytes: [UInt8],
        timeZone: String,
        _ errors: inout ContentErrors
    ) throws(JSONError) -> ProgrammeDocument {
        var schedule = ScheduleJSON(timeZone: timeZone)
        var reader = JSONReader(bytes)
        try reader.forEachMember { key, reader throws(JSONError) in
            guard key == "schedule" else { return try reader.skipValue() }
            try reader.forEachMember { key, reader throws(JSONError) in
                guard key == "conference" else { return try reader.skipValue() }
                try schedule.readConference(&reader)
            }
        }
        try reader.finish()
        if !schedule.hasConference {
            errors.add("/schedule/conference", "Expected a schedule of frab or pretalx.")
        }
        for (index, entry) in schedule.items.enumerated() {
            let session = entry.item.session(
                at: "/events/\(index)",
                day: entry.day,
                timeZone: schedule.timeZone,
                &errors
            )
            if let session { schedule.document.sessions.append(session) }
        }
        return schedule.document
    }

    private mutating func readConference(_ reader: inout JSONReader) throws(JSONError) {
        hasConference = true
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "time_zone_name":
                if try !reader.skipNull() { timeZone = try reader.readString() }
            case "days":
                try reader.beginArray()
                while try reader.nextElement() { try readDay(&reader) }
            default: try reader.skipValue()
            }
        }
    }

    private mutating func readDay(_ reader: inout JSONReader) throws(JSONError) {
        let first = items.count
        var date = ""
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "date": date = try reader.readString()
            case "rooms":
                try reader.beginObject()
                while let room = try reader.nextKey() {
                    try reader.beginArray()
                    while try reader.nextElement() { try readItem(&reader, room: room) }
                }
            default: try reader.skipValue()
            }
        }
        // The date may follow the rooms.
        for index in first..<items.count { items[index].day = date }
    }

    private mutating func readItem(_ reader: inout JSONReader, room: String) throws(JSONError) {
        var item = ScheduleItem()
        item.room = room
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.skipNull() { continue }
            switch key {
            case "guid": item.guid = try FeatureProperty(from: &reader).text ?? ""
            case "id": item.id = try FeatureProperty(from: &reader).text ?? ""
            case "date": item.date = try reader.readString()
            case "start": item.start = try reader.readString()
            case "duration": item.duration = try reader.readString()
            case "title": item.title = try reader.readString()
            case "persons":
                try reader.beginArray()
                while try reader.nextElement() { item.speakers.append(try Self.person(&reader)) }
            default: try reader.skipValue()
            }
        }
        // One more than the limit is reported as too many.
        if items.count <= EventStore.maximumSessions { items.append((item, "")) }
    }

    /// The name of a person: `name` in pretalx, `public_name` in frab.
    private static func person(_ reader: inout JSONReader) throws(JSONError) -> String {
        var names: [String: String] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key == "name" || key == "public_name" || key == "full_public_name" {
                names[key] = try FeatureProperty(from: &reader).text
            } else {
                try reader.skipValue()
            }
        }
        return names["public_name"] ?? names["name"] ?? names["full_public_name"] ?? ""
    }

    /// Writes a programme; all times are in UTC.
    static func write(_ sessions: [ProgrammeSession], of event: Event, to writer: inout JSONWriter) {
        let days = ScheduleDay.days(of: sessions)
        writer.object { writer in
            writer.object("schedule") { writer in
                writer.member("version", "1.0")
                writer.object("conference") { writer in
                    writer.member("acronym", "event-\(event.id.rawValue)")
                    writer.member("title", event.details.name)
                    writer.member("start", days.first.map(\.date.description) ?? "")
                    writer.member("end", days.last.map(\.date.description) ?? "")
                    writer.member("daysCount", days.count)
                    writer.member("timeslot_duration", "00:05")
                    writer.member("time_zone_name", "UTC")
                    writer.array("days", of: days.enumerated()) { writer, day in
                        writer.object { writer in
                            writer.member("index", day.offset + 1)
                            writer.member("date", day.element.date.description)
                            writer.object("rooms") { writer in
                                for room in day.element.rooms {
                                    writer.array(room.name, of: room.sessions) { write($1, to: &$0) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ session: ProgrammeSession, to writer: inout JSONWriter) {
        let start = session.time.lowerBound.description
        writer.object { writer in
            writer.member("id", session.id.rawValue)
            writer.member("guid", session.code)
            writer.member("date", start + "+00:00")
            writer.member("start", String(start.dropFirst(11).prefix(5)))
            writer.member("duration", ScheduleItem.text(ofLength: session.time))
            writer.member("room", session.room ?? "")
            writer.member("title", session.title)
            writer.array("persons", of: session.speakers.enumerated()) { writer, speaker in
                writer.object {
                    $0.member("id", speaker.offset + 1)
                    $0.member("public_name", speaker.element)
                }
            }
        }
    }
}

extension JSONReader {
    /// Reads an object member by member; `read` consumes each value.
    fileprivate mutating func forEachMember(
        _ read: (String, inout JSONReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        try beginObject()
        while let key = try nextKey() { try read(key, &self) }
    }
}
