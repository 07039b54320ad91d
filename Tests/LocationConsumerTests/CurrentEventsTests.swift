import EventService
import Geospatial
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import ServiceRuntime
import TestSupport
import Testing
import Venue

@Suite(.timeLimit(.minutes(10))) struct CurrentEventsTests {
    private static let rule = OutsideRule(keepsAll: false, margin: EventCover.Margin(metres: 0, time: 0))
    private static let opening = Timestamp(microseconds: 1_777_888_800_000_000)

    private static func location(at time: Timestamp) throws -> Location {
        let coordinate = try Coordinate(latitude: DegreesE7(rawValue: 1), longitude: DegreesE7(rawValue: 2))
        let report = LocationReport(personID: PersonID(stored: 1), coordinate: coordinate, creationTime: time)
        return Location(id: LocationID(stored: 1), report: report)
    }

    /// As the role of the consumer.
    @Test func keepsWhatTheEventsOfTheDatabaseCover() async throws {
        try await TestDatabase.withClient(.tables) { client in
            let store = EventStore(client: client)
            let early = try Self.location(at: Timestamp(microseconds: Self.opening.microseconds - 1))
            let locations = [early, try Self.location(at: Self.opening)]
            func verdicts() async throws -> [Bool] {
                try await TestDatabase.withClient(of: client.configuration, as: "uda_consumer") { consumer in
                    let events = CurrentEvents(EventStore(client: consumer), Self.rule, logger: .silent)
                    for service in events.services { try await service.start() }
                    return events.keeps(locations)
                }
            }
            #expect(try await verdicts() == [true, true])
            let end = Timestamp(microseconds: Self.opening.microseconds + 1)
            let details = EventDetails(name: "Fair", hours: [Self.opening..<end])
            #expect(try await store.replace(Event(id: .standard, details: details)))
            #expect(try await verdicts() == [false, true])
        }
    }

    @Test func keepsEverythingUnlessConfigured() async throws {
        var reader = EnvironmentReader([:])
        let rule = OutsideRule(&reader)
        #expect(rule.keepsAll)
        let client = PostgresClient(configuration: PostgresConfiguration(user: "u", database: "d"))
        let events = CurrentEvents(EventStore(client: client), rule, logger: .silent)
        #expect(events.services.isEmpty)
        #expect(events.keeps([try Self.location(at: Self.opening)]) == [true])
    }

    @Test func readsTheMargins() throws {
        var reader = EnvironmentReader([
            "KEEP_OUTSIDE": "no", "OUTSIDE_MARGIN": "50", "OUTSIDE_TIME_MARGIN": "10m",
        ])
        let rule = OutsideRule(&reader)
        #expect(!rule.keepsAll)
        #expect(rule.margin == EventCover.Margin(metres: 50, time: 600_000_000))
    }
}
