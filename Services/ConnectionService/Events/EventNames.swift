import JSON
import Models
import Venue

/// The names of zones and sessions, as of the search that found their indices.
struct EventNames: Sendable {
    private let setups: [EventID: EventSetup]

    init(_ presences: EventPresences = EventPresences()) {
        setups = Dictionary(presences.events.map { ($0.setup.event.id, $0.setup) }) { first, _ in first }
    }

    /// The zone at an index of an event's plan.
    func zone(_ place: MeetingSetting.Place) -> Zone? {
        setups[place.event].map { $0.plan.venue.zones[place.index] }
    }

    /// The session at an index of an event's plan.
    func session(_ place: MeetingSetting.Place) -> ProgrammeSession? {
        setups[place.event].map { $0.plan.sessions[place.index] }
    }

    /// Writes the members `zones` and `sessions`; neither if a meeting was in no zone.
    func write(_ setting: MeetingSetting, to writer: inout JSONWriter) {
        if !setting.zones.isEmpty {
            writer.array("zones", of: setting.zones) { write(zone: $1, to: &$0) }
        }
        if !setting.sessions.isEmpty {
            writer.array("sessions", of: setting.sessions) { write(session: $1, to: &$0) }
        }
    }

    /// Writes two columns: the names of the zones and the titles of the sessions.
    func write(_ setting: MeetingSetting, to csv: inout CSVWriter) {
        csv.write(setting.zones.compactMap { zone($0)?.name })
        csv.write(setting.sessions.compactMap { session($0)?.title })
    }

    /// Writes the member `attended`; nothing if two persons attended nothing together.
    func write(_ attended: AttendedTogether?, to writer: inout JSONWriter) {
        guard let attended else { return }
        writer.object("attended") { writer in
            writer.member("reason", attended.reason)
            writer.member("weight", short: attended.common.weight.roundedToThousandths)
            writer.member("seconds", short: attended.common.seconds.roundedToTenths)
            writer.member("session_count", attended.sessions)
            writer.array("sessions", of: attended.common.sessions) { writer, part in
                write(
                    session: MeetingSetting.Place(event: attended.event, index: part.index),
                    part.seconds,
                    to: &writer
                )
            }
            writer.member("zone_count", attended.zones)
            writer.array("zones", of: attended.common.zones) { writer, part in
                write(zone: MeetingSetting.Place(event: attended.event, index: part.index), part.seconds, to: &writer)
            }
        }
    }

    private func write(zone place: MeetingSetting.Place, _ seconds: Double? = nil, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("event_id", place.event.rawValue)
            if let zone = zone(place) {
                writer.member("id", zone.id.rawValue)
                writer.member("name", zone.name)
            }
            if let seconds { writer.member("seconds", short: seconds.roundedToTenths) }
        }
    }

    private func write(session place: MeetingSetting.Place, _ seconds: Double? = nil, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("event_id", place.event.rawValue)
            if let session = session(place) {
                writer.member("id", session.id.rawValue)
                writer.member("title", session.title)
            }
            if let seconds { writer.member("seconds", short: seconds.roundedToTenths) }
        }
    }
}

/// The rows of an answer, with the names of their zones and sessions.
struct FoundRows<Row: Sendable>: Sendable {
    let rows: [Row]
    let names: EventNames
}
