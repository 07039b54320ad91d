import Concurrency
import HTTPServer
import JSON
import Models

extension EventRoutes {
    func readProgramme(_ request: Request) async throws -> Response {
        let format = try ProgrammeFormat(ofAnswerTo: request)
        let event = try await event(of: request)
        let sessions = try await events.programme(of: event.id)
        let bytes =
            switch format {
            case .json: JSONWriter.bytes { SessionJSON.write(sessions, to: &$0) }
            case .scheduleJSON: JSONWriter.bytes { ScheduleJSON.write(sessions, of: event, to: &$0) }
            case .scheduleXML: ScheduleXML.bytes(sessions, of: event)
            case .ical: CalendarProgramme.bytes(sessions, of: event)
            }
        return .bytes(bytes, contentType: format.mediaType.rawValue)
    }

    func replaceProgramme(_ request: Request) async throws -> Response {
        let event = try await event(of: request)
        return try await turn.pass {
            let bytes = try await request.body.collect(upTo: Self.maximumFile)
            let programme = try programme(in: bytes, try ProgrammeFormat(of: bytes, in: request), of: event)
            let details = programme.sessions.map(\.details)
            guard let sessions = try await events.replaceProgramme(of: event.id, with: details) else {
                throw Problem.noSuchEvent
            }
            return .json { writer in
                writer.object { writer in
                    writer.member("sessions", sessions.count)
                    writer.array("rooms_without_zone", of: Self.roomsWithoutZone(sessions)) { $0.value($1) }
                }
            }
        }
    }

    private func programme(in bytes: [UInt8], _ format: ProgrammeFormat, of event: Event) throws -> ProgrammeDocument {
        var errors = ContentErrors()
        let timeZone = event.details.timeZone
        let programme =
            switch format {
            case .json: try SessionJSON.read(bytes, &errors)
            case .scheduleJSON: try ScheduleJSON.read(bytes, timeZone: timeZone, &errors)
            case .scheduleXML: try ScheduleXML.read(bytes, timeZone: timeZone, &errors)
            case .ical: try CalendarProgramme.read(bytes, timeZone: timeZone)
            }
        programme.check(&errors)
        try errors.check()
        return programme
    }
}
