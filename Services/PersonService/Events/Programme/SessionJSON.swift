import JSON
import Models

/// Reads and writes programmes as an array of sessions.
enum SessionJSON {
    /// Reads a programme.
    ///
    /// - Throws: `JSONError` if the text is not JSON of this form; `errors` receives problems of the content.
    static func read(_ bytes: [UInt8], _ errors: inout ContentErrors) throws(JSONError) -> ProgrammeDocument {
        var reader = JSONReader(bytes)
        var document = ProgrammeDocument()
        var index = 0
        try reader.beginArray()
        while try reader.nextElement() {
            if let session = try session(&reader, at: "/\(index)", &errors) { document.sessions.append(session) }
            index += 1
        }
        try reader.finish()
        return document
    }

    private static func session(
        _ reader: inout JSONReader,
        at pointer: String,
        _ errors: inout ContentErrors
    ) throws(JSONError) -> PlannedSession? {
        var (code, room, title, speakers) = (nil as String?, nil as String?, "", [] as [String])
        var (starts, ends) = (nil as Timestamp?, nil as Timestamp?)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if try reader.skipNull() { continue }
            switch key {
            case "code": code = try reader.readString()
            case "room": room = try reader.readString()
            case "title": title = try reader.readString()
            case "starts": starts = Timestamp(iso8601: try reader.readString().utf8)
            case "ends": ends = Timestamp(iso8601: try reader.readString().utf8)
            case "speakers":
                try reader.beginArray()
                while try reader.nextElement() { speakers.append(try reader.readString()) }
            default: try reader.skipValue()
            }
        }
        guard let code else {
            errors.add("\(pointer)/code", "Expected a code that is unique in the programme.")
            return nil
        }
        guard let starts, let ends, starts < ends else {
            errors.add(pointer, "Expected starts and ends, both times in ISO 8601, and ends after starts.")
            return nil
        }
        return PlannedSession(
            details: SessionDetails(code: code, room: room, time: starts..<ends, title: title, speakers: speakers),
            pointer: pointer
        )
    }

    /// Writes a programme.
    static func write(_ sessions: [ProgrammeSession], to writer: inout JSONWriter) {
        writer.array(of: sessions) { writer, session in
            writer.object { writer in
                writer.member("id", session.id.rawValue)
                writer.member("code", session.code)
                writer.member("title", session.title)
                writer.member("starts", session.time.lowerBound.description + "Z")
                writer.member("ends", session.time.upperBound.description + "Z")
                if let room = session.room { writer.member("room", room) }
                if let zone = session.zone { writer.member("zone_id", zone.rawValue) }
                writer.array("speakers", of: session.speakers) { $0.value($1) }
            }
        }
    }
}
