import HTTPServer
import Models
import Persistence
import RESTContract

/// The formats of a programme.
enum ProgrammeFormat: String, PathParameter, CaseIterable {
    /// An array of sessions.
    case json
    /// iCalendar (RFC 5545).
    case ical
    /// `schedule.xml` of frab and pretalx.
    case scheduleXML = "schedule_xml"
    /// `schedule.json` of frab and pretalx.
    case scheduleJSON = "schedule_json"

    static var expectation: String { "json, ical, schedule_xml or schedule_json" }

    /// The media type of an answer.
    var mediaType: ProgrammeMediaType {
        switch self {
        case .json, .scheduleJSON: .json
        case .ical: .ical
        case .scheduleXML: .xml
        }
    }

    /// The format of a body, by the query, the media type, and for JSON by the first character.
    ///
    /// - Throws: a 400 or 415 problem.
    init(of bytes: [UInt8], in request: Request) throws(Problem) {
        if let format = try request.query.optional("format", as: ProgrammeFormat.self) {
            self = format
        } else if request.isContent(.json) {
            let first = bytes.first { !" \t\r\n".utf8.contains($0) }
            self = first == UInt8(ascii: "{") ? .scheduleJSON : .json
        } else if let type = request.mediaType, type == "text/calendar" {
            self = .ical
        } else if let type = request.mediaType, type.hasSuffix("/xml") || type.hasSuffix("+xml") {
            self = .scheduleXML
        } else {
            throw Problem(
                .unsupportedMediaType,
                "The body's media type is not one that is taken here.",
                errors: [.header("Content-Type", "Expected application/json, text/calendar or application/xml.")]
            )
        }
    }

    /// The format of an answer, by the query or the header `Accept`.
    ///
    /// - Throws: a 400 or 406 problem.
    init(ofAnswerTo request: Request) throws(Problem) {
        if let format = try request.query.optional("format", as: ProgrammeFormat.self) {
            self = format
            return
        }
        switch try ProgrammeMediaType(accept: request.headers["Accept"]) {
        case .json: self = .json
        case .ical: self = .ical
        case .xml: self = .scheduleXML
        }
    }
}

/// The media types of programmes.
enum ProgrammeMediaType: String, NegotiatedFormat {
    case json = "application/json"
    case ical = "text/calendar"
    case xml = "application/xml"

    static let subject = "A programme"
}

/// A session as a file describes it, with its place in the file.
struct PlannedSession {
    let details: SessionDetails
    let pointer: String
}

/// The content of a file with a programme.
struct ProgrammeDocument {
    private static let maximumSpeakers = 64
    private static let maximumLength: Int64 = 31 * 86_400 * 1_000_000

    /// The sessions in the order of the file.
    var sessions: [PlannedSession] = []

    /// Checks the sessions' codes, texts and times.
    func check(_ errors: inout ContentErrors) {
        if sessions.count > EventStore.maximumSessions {
            errors.add("", "Expected at most \(EventStore.maximumSessions) sessions.")
        }
        var codes: Set<String> = []
        for session in sessions {
            let (details, pointer) = (session.details, session.pointer)
            errors.add("\(pointer)/code", VisibleText.problem(of: details.code, characters: 1...255))
            errors.add("\(pointer)/title", VisibleText.problem(of: details.title, characters: 0...1_000))
            if let room = details.room {
                errors.add("\(pointer)/room", VisibleText.problem(of: room, characters: 1...255))
            }
            if details.speakers.count > Self.maximumSpeakers {
                errors.add("\(pointer)/speakers", "Expected at most \(Self.maximumSpeakers) speakers.")
            }
            for (index, speaker) in details.speakers.enumerated() {
                errors.add("\(pointer)/speakers/\(index)", VisibleText.problem(of: speaker, characters: 1...255))
            }
            let (start, end) = (details.time.lowerBound, details.time.upperBound)
            if end.microseconds - start.microseconds > Self.maximumLength || start < Timestamp.supported.lowerBound {
                errors.add(pointer, "Expected a session after 1970 of at most 31 days.")
            }
            if !codes.insert(details.code).inserted {
                errors.add("\(pointer)/code", "Expected a code that no other session has.")
            }
        }
    }
}
