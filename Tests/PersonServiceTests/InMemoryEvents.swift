import Credentials
import HTTPServer
import Models
import Persistence
import Postgres
import RESTTestSupport
import Synchronization

@testable import PersonService

/// Events in a dictionary; event 1 exists.
final class InMemoryEvents: EventRepository {
    private struct State {
        var events: [EventID: Event] = [.standard: Event(id: .standard, details: EventDetails(name: "UdaConnect"))]
        var plans: [EventID: [Zone]] = [:]
        var programmes: [EventID: [ProgrammeSession]] = [:]
        var next: Int32 = 2
    }

    private let state = Mutex(State())

    func events() async throws -> [Event] {
        state.withLock { $0.events.values.sorted { $0.id < $1.id } }
    }

    func event(_ id: EventID) async throws -> Event? {
        state.withLock { $0.events[id] }
    }

    func create(_ details: EventDetails) async throws -> Event? {
        state.withLock { state in
            let event = Event(id: EventID(stored: state.next), details: details)
            state.next += 1
            state.events[event.id] = event
            return event
        }
    }

    func replace(_ event: Event) async throws -> Bool {
        state.withLock { $0.events.updateValue(event, forKey: event.id) != nil }
    }

    func remove(_ id: EventID) async throws -> Bool {
        state.withLock { $0.events.removeValue(forKey: id) != nil }
    }

    func plan(of event: EventID) async throws -> [Zone] {
        state.withLock { $0.plans[event] ?? [] }
    }

    func replacePlan(of event: EventID, with zones: [ZoneDetails]) async throws -> [Zone]? {
        let ids = Dictionary(
            zones.enumerated().map { ($1.code, ZoneID(stored: Int32($0 + 1))) },
            uniquingKeysWith: { first, _ in first }
        )
        let plan = zones.enumerated().map { index, zone in
            Zone(
                id: ZoneID(stored: Int32(index + 1)),
                code: zone.code,
                name: zone.name,
                kind: zone.kind,
                floor: zone.floor,
                parent: zone.parent.flatMap { ids[$0] },
                area: zone.area,
                hints: zone.hints ?? []
            )
        }
        state.withLock { $0.plans[event] = plan }
        return plan
    }

    func programme(of event: EventID) async throws -> [ProgrammeSession] {
        state.withLock { $0.programmes[event] ?? [] }
    }

    func replaceProgramme(of event: EventID, with sessions: [SessionDetails]) async throws -> [ProgrammeSession]? {
        let names = RoomNames(try await plan(of: event).map { (id: $0.id, code: $0.code, name: $0.name) })
        let programme = sessions.enumerated().map { index, session in
            ProgrammeSession(
                id: SessionID(stored: Int32(index + 1)),
                code: session.code,
                room: session.room,
                zone: session.room.flatMap { names[$0] },
                time: session.time,
                title: session.title,
                speakers: session.speakers
            )
        }
        state.withLock { $0.programmes[event] = programme }
        return programme
    }
}

extension APIUnderTest {
    /// person-service over some events.
    init(_ events: InMemoryEvents, digest: HintDigest? = HintDigest(secret: "sixteen bytes at least")) throws {
        let persons = try InMemoryPersons()
        let routes = PersonRoutes(
            persons: persons,
            devices: InMemoryDevices(),
            consents: InMemoryConsents(persons),
            notes: PersonNoteStore(client: .unreachable),
            contacts: ContactStore(client: .unreachable),
            pauses: InMemoryPauses(persons),
            events: events,
            addresses: PhoneAddresses(base: "https://event.example/", osmand: "http://event.example:30005"),
            isIDEnough: true,
            digest: digest,
            retention: RetentionTimes(kafka: .seconds(86_400), backups: .seconds(2 * 86_400))
        )
        try self.init(routes.router, openAPI: PackageResources.openapi_json)
    }
}

/// A square of a plan in GeoJSON, of 10⁻⁴ degrees, at a number of such squares east of a place in Barcelona.
func square(_ place: Int, type: String = "Polygon") -> String {
    let (west, east) = ("2.\(1_501 + place)", "2.\(1_502 + place)")
    return """
        {"type":"\(type)","coordinates":[[[\(west),41.37],[\(east),41.37],[\(east),41.3701],[\(west),41.3701],\
        [\(west),41.37]]]}
        """
}

/// A feature of a plan.
func feature(_ properties: String, geometry: String = square(0)) -> String {
    #"{"type":"Feature","geometry":\#(geometry),"properties":\#(properties)}"#
}

/// A collection of features.
func plan(_ features: String...) -> String {
    #"{"type":"FeatureCollection","features":[\#(features.joined(separator: ","))]}"#
}
