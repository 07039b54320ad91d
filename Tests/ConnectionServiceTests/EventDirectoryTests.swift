import Models
import Observability
import Persistence
import Presence
import RESTTestSupport
import Synchronization
import Testing
import Venue

@testable import ConnectionService

/// The events in memory, and the visits that are found again after changes.
@Suite struct EventDirectoryTests {
    /// Events in a list.
    private final class Listed: EventSource, SightingSource {
        let state: Mutex<(events: [Event], zones: [Zone], reads: Int)>

        init(_ events: [Event], _ zones: [Zone]) {
            state = Mutex((events, zones, 0))
        }

        func events() async throws -> [Event] { state.withLock { $0.events } }
        func plan(of event: EventID) async throws -> [Zone] {
            state.withLock { state in
                state.reads += 1
                return state.zones
            }
        }
        func programme(of event: EventID) async throws -> [ProgrammeSession] { [] }
        func changes() throws -> ChangeFeed<EventID> { throw InvalidFixture() }
        func sightings(of hints: Set<ZoneHint>) async throws -> [Int32: [ZoneSighting]] { [:] }
    }

    private static let events = (1...3).map {
        Event(id: EventID(stored: $0), details: EventDetails(name: "Fair \($0)"))
    }

    private static func source() throws -> Listed {
        Listed(events, try EventFixtures.setup().plan.venue.zones)
    }

    @Test func readsOnlyWhatChanged() async throws {
        let source = try Self.source()
        let directory = EventDirectory(source, logger: .silent)
        try await directory.reload(nil)
        #expect(directory.current.events.map(\.event.id.rawValue) == [1, 2, 3])
        #expect(source.state.withLock { $0.reads } == 3)
        source.state.withLock { _ = $0.events.removeLast() }
        try await directory.reload(EventID(stored: 2))
        #expect(directory.current.events.map(\.event.id.rawValue) == [1, 2])
        #expect(source.state.withLock { $0.reads } == 4)
        #expect(directory.current.revision == 2)
    }

    @Test func readsOnlyTheSelectedEvents() async throws {
        let directory = EventDirectory(try Self.source(), only: [EventID(stored: 3)], logger: .silent)
        try await directory.reload(nil)
        #expect(directory.current.events.map(\.event.id.rawValue) == [3])
    }

    @Test func leavesOutInvalidZones() async throws {
        let source = try Self.source()
        source.state.withLock { state in
            let zone = state.zones[1]
            state.zones[1] = Zone(id: zone.id, code: "x", name: "x", kind: .room, area: ZoneArea([[]]))
        }
        let directory = EventDirectory(source, logger: .silent)
        try await directory.reload(nil)
        #expect(directory.current.events.first?.plan.venue.zones.map(\.id.rawValue) == [11, 13])
    }

    @Test func findsChangedVisitsAgain() async throws {
        let source = try Self.source()
        let directory = EventDirectory(source, only: [EventID(stored: 2)], logger: .silent)
        try await directory.reload(nil)
        let histories = EventHistories(directory, source, ComputeThreads())
        let early = try meeting(of: 1, and: 2, at: 0, samples: 20)
        let late = try early + meeting(of: 1, and: 3, at: 3_600, samples: 20)
        let before = try #require(try await histories.presences(of: Self.map(early)).event(EventFixtures.event))
        #expect(before.histories.keys.sorted() == [1, 2])
        let after = try #require(try await histories.presences(of: Self.map(late)).event(EventFixtures.event))
        #expect(after.histories.keys.sorted() == [1, 2, 3])
        #expect(after.histories[2] == before.histories[2])
        let fresh = EventHistories(directory, source, ComputeThreads())
        let expected = try #require(try await fresh.presences(of: Self.map(late)).event(EventFixtures.event))
        #expect(after.histories == expected.histories)
        #expect(after.counts == expected.counts)
        let gone = try #require(try await histories.presences(of: Self.map([])).event(EventFixtures.event))
        #expect(gone.histories.isEmpty)
    }

    private static func map(_ locations: [Location]) async -> PresenceMap {
        var trails = PresenceTrails()
        let chunks = Dictionary(grouping: locations) { location in
            PresenceChanges.Chunk(
                person: location.report.personID.rawValue,
                number: TrailChunk.number(of: location.report.creationTime.microseconds)
            )
        }
        for (chunk, own) in chunks { trails.add(own, chunk.number) }
        return await trails.map()
    }
}
