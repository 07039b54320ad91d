import JSON
import Models

@testable import PersonService

extension FuzzTarget {
    private static let event = Event(id: .standard, details: EventDetails(name: "Fair", timeZone: "Europe/Madrid"))

    /// Reads a plan; invalid polygons are mended.
    private static func plan(_ read: (inout ContentErrors) throws -> PlanDocument) -> [ZoneDetails]? {
        var errors = ContentErrors()
        guard var plan = try? read(&errors), errors.isEmpty else { return nil }
        PlanCheck.check(&plan, venue: nil, mends: true, &errors)
        return errors.isEmpty ? plan.zones.map(\.details) : nil
    }

    private static func stored(_ zones: [ZoneDetails]) -> [Zone] {
        let numbers = Dictionary(
            zones.enumerated().map { ($1.code, ZoneID(stored: Int32($0) + 1)) },
            uniquingKeysWith: { first, _ in first }
        )
        return zones.enumerated().map { index, zone in
            Zone(
                id: ZoneID(stored: Int32(index) + 1),
                code: zone.code,
                name: zone.name,
                kind: zone.kind,
                floor: zone.floor,
                parent: zone.parent.flatMap { numbers[$0] },
                area: zone.area
            )
        }
    }

    /// Reads a plan of GeoJSON.
    static func checkPlan(_ bytes: [UInt8]) throws(BrokenPromise) {
        let reader = GeoJSONPlan(digest: nil)
        guard let zones = plan({ try reader.read(bytes, &$0) }) else { return }
        let written = JSONWriter.bytes { GeoJSONPlan.write(stored(zones), to: &$0) }
        var expected = zones
        for index in expected.indices { expected[index].hints = nil }
        try promise(plan { try reader.read(written, &$0) } == expected, "a plan that was read is read again")
    }

    /// Reads a plan in an archive.
    static func checkArchive(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let zones = plan({ try IMDFReader.read(bytes, &$0) }) else { return }
        let archive = try? IMDFWriter(event, stored(zones)).archive()
        let again = archive.flatMap { archive in plan { try IMDFReader.read(archive, &$0) } }
        let order = { (zones: [ZoneDetails]?) in zones?.sorted { $0.code < $1.code } }
        try promise(order(again) == order(zones), "an archive that was read is read again")
    }

    private static func programme(_ bytes: [UInt8], as format: ProgrammeFormat) -> [SessionDetails]? {
        var errors = ContentErrors()
        let zone = event.details.timeZone
        let document: ProgrammeDocument? =
            switch format {
            case .json: try? SessionJSON.read(bytes, &errors)
            case .ical: try? CalendarProgramme.read(bytes, timeZone: zone)
            case .scheduleXML: try? ScheduleXML.read(bytes, timeZone: zone, &errors)
            case .scheduleJSON: try? ScheduleJSON.read(bytes, timeZone: zone, &errors)
            }
        document?.check(&errors)
        return errors.isEmpty ? document?.sessions.map(\.details) : nil
    }

    private static func written(_ sessions: [ProgrammeSession], as format: ProgrammeFormat) -> [UInt8] {
        switch format {
        case .json: JSONWriter.bytes { SessionJSON.write(sessions, to: &$0) }
        case .ical: CalendarProgramme.bytes(sessions, of: event)
        case .scheduleXML: ScheduleXML.bytes(sessions, of: event)
        case .scheduleJSON: JSONWriter.bytes { ScheduleJSON.write(sessions, of: event, to: &$0) }
        }
    }

    /// Reads a programme.
    static func checkProgramme(_ bytes: [UInt8], as format: ProgrammeFormat) throws(BrokenPromise) {
        guard let sessions = programme(bytes, as: format) else { return }
        let stored = sessions.enumerated().map { index, session in
            ProgrammeSession(
                id: SessionID(stored: Int32(index) + 1),
                code: session.code,
                room: session.room,
                zone: nil,
                time: session.time,
                title: session.title,
                speakers: session.speakers
            )
        }
        let again = programme(written(stored, as: format), as: format)
        try promise(again?.count == sessions.count, "a programme that was read is read again")
        for (one, other) in zip(inOrder(sessions), inOrder(again ?? [])) {
            try promise(one.code == other.code && one.time == other.time, "a session keeps its code and its time")
            try promise(one.title == other.title && one.room == other.room, "a session keeps its title and its room")
            try promise(one.speakers == other.speakers, "a session keeps its speakers")
        }
    }

    private static func inOrder(_ sessions: [SessionDetails]) -> [SessionDetails] {
        sessions.sorted { $0.code < $1.code }
    }
}
