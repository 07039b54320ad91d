import Geospatial
import Models
import Persistence
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct EventStoreTests {
    @Test func beginsWithAnEventThatIsEverywhere() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let standard = Event(id: .standard, details: EventDetails(name: "UdaConnect"))
            let events = try await store.events()
            #expect(events == [standard])
            #expect(try await !store.remove(.standard))
            #expect(try await store.event(.standard) == standard)
        }
    }

    @Test func keepsEventsAsGiven() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let details = EventDetails(
                name: "Fair",
                timeZone: "Europe/Madrid",
                hours: [moment(0)..<moment(60), moment(100)..<moment(200)],
                venue: try square(at: 0, holed: true),
                retentionDays: 30
            )
            let created = try #require(try await store.create(details))
            #expect(created.id != .standard)
            #expect(try await store.event(created.id) == created)
            let plain = Event(id: created.id, details: EventDetails(name: "Plain"))
            #expect(try await store.replace(plain))
            #expect(try await store.event(created.id) == plain)
            #expect(try await store.remove(created.id))
            #expect(try await !store.remove(created.id))
            #expect(try await !store.replace(plain))
        }
    }

    @Test func zonesKeepTheirNumbersAsLongAsTheirCodesStay() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let hint = ZoneHint(kind: .beacon, digest: -7)
            let first = try #require(
                try await store.replacePlan(
                    of: .standard,
                    with: [
                        zone("hall", .hall, floor: 1),
                        zone("booth", parent: "hall", hints: [hint]),
                        zone("gone"),
                    ]
                )
            )
            #expect(first.map(\.code) == ["hall", "booth", "gone"])
            #expect(first.map(\.floor) == [1, nil, nil])
            #expect(first[1].parent == first[0].id)
            #expect(first[1].hints == [hint])
            let area = try square(at: 0)
            #expect(first[0].area == area)

            let second = try #require(
                try await store.replacePlan(
                    of: .standard,
                    with: [try zone("new"), zone("booth", parent: "new"), zone("hall", hints: [])]
                )
            )
            #expect(second.map(\.code) == ["hall", "booth", "new"])
            #expect(second[0].id == first[0].id)
            #expect(second[1].id == first[1].id)
            #expect(second[2].id.rawValue == first[2].id.rawValue + 1)
            #expect(second[1].parent == second[2].id)
            // Without a statement about hints, the zone keeps them.
            #expect(second[1].hints == [hint])
            #expect(try await store.plan(of: .standard) == second)

            let third = try await store.replacePlan(of: .standard, with: [try zone("booth", hints: [])])
            #expect(third?.first?.hints == [])
            #expect(try await store.replacePlan(of: EventID(stored: 99), with: []) == nil)
        }
    }

    @Test func matchesRoomsWhenPlanOrProgrammeChange() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let sessions = [
                SessionDetails(
                    code: "a",
                    room: "Main  stage",
                    time: moment(0)..<moment(60),
                    title: "Opening",
                    speakers: ["Zoë Quinn", "Li"]
                ),
                SessionDetails(code: "b", room: "booth", time: moment(60)..<moment(90), title: "Demo"),
                SessionDetails(code: "c", time: moment(90)..<moment(95), title: "Break"),
            ]
            let alone = try #require(try await store.replaceProgramme(of: .standard, with: sessions))
            #expect(alone.map(\.zone) == [nil, nil, nil])
            #expect(alone.map(\.speakers) == [["Zoë Quinn", "Li"], [], []])
            #expect(alone.map(\.room) == ["Main  stage", "booth", nil])

            let plan = try #require(
                try await store.replacePlan(of: .standard, with: [try zone("s1", named: "MAIN Stage"), zone("booth")])
            )
            let placed = try await store.programme(of: .standard)
            #expect(placed.map(\.zone) == [plan[0].id, plan[1].id, nil])
            #expect(placed.map(\.id) == alone.map(\.id))

            _ = try await store.replacePlan(of: .standard, with: [try zone("booth")])
            let again = try await store.replaceProgramme(of: .standard, with: Array(sessions.dropFirst()))
            #expect(again?.map(\.zone) == [plan[1].id, nil])
            #expect(again?.map(\.id) == Array(alone.map(\.id).dropFirst()))
        }
    }

    @Test func removesPlanAndProgrammeWithTheirEvent() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let event = try #require(try await store.create(EventDetails(name: "Fair")))
            _ = try await store.replacePlan(of: event.id, with: [try zone("a"), zone("b", parent: "a")])
            let session = SessionDetails(code: "s", room: "a", time: moment(0)..<moment(1), title: "T")
            _ = try await store.replaceProgramme(of: event.id, with: [session])
            #expect(try await store.remove(event.id))
            let rest = try await client.query(
                "SELECT (SELECT count(*) FROM zone) + (SELECT count(*) FROM programme_session)"
            )
            #expect(try rest.single(Int.self) == 0)
        }
    }

    @Test func reportsEachChangeOnce() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            var changes = try store.changes().makeAsyncIterator()
            #expect(await changes.next() == .missed)
            let event = try #require(try await store.create(EventDetails(name: "Fair")))
            #expect(await changes.next() == .changed(event.id))
            _ = try await store.replacePlan(of: .standard, with: [try zone("a"), zone("b")])
            #expect(await changes.next() == .changed(.standard))
            _ = try await store.remove(event.id)
            #expect(await changes.next() == .changed(event.id))
        }
    }

    @Test func removesDaysWhoseEventsHaveAllPassedTheirRetention() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            // At noon of the first four days of 2026.
            let locations = try (0..<4).map { try location($0, second: $0 * 86_400 + 43_200) }
            _ = try await LocationSink(client: client).store(locations, from: 0, to: 4)
            let store = EventStore(client: client)
            func days() async throws -> [Int64] {
                try await LocationStore(client: client).trail(of: try person(1)).map {
                    ($0.report.creationTime.microseconds - start2026) / 86_400_000_000
                }
            }
            func hours(_ days: ClosedRange<Int64>) -> [Range<Timestamp>] {
                days.map { moment($0 * 1_440 + 540)..<moment($0 * 1_440 + 1_080) }
            }
            let past = EventDetails(name: "Past", hours: hours(0...2), retentionDays: 1)
            _ = try #require(try await store.create(past))
            // Event 1 covers all days and keeps them.
            #expect(try await store.removeExpiredLocations() == 0)
            let standard = EventDetails(name: "Kept", hours: hours(2...3), retentionDays: 36_500)
            #expect(try await store.replace(Event(id: .standard, details: standard)))
            var removals = try store.removals().makeAsyncIterator()
            #expect(await removals.next() == .missed)
            #expect(try await store.removeExpiredLocations() == 2)
            #expect(await removals.next() == .changed(2))
            #expect(try await days() == [2, 3])
            let over = EventDetails(name: "Over", hours: hours(2...2), retentionDays: 1)
            #expect(try await store.replace(Event(id: .standard, details: over)))
            #expect(try await store.removeExpiredLocations() == 1)
            // No event covers the last day.
            #expect(try await days() == [3])
        }
    }

    /// 20,000 zones in one statement each.
    @Test func replacesALargePlanByItself() async throws {
        try await withMigratedDatabase { client in
            let store = EventStore(client: client)
            let zones = try (0..<Int32(EventStore.maximumZones)).map { number in
                ZoneDetails(
                    code: "z\(number)",
                    name: "Zone \(number)",
                    kind: .booth,
                    parent: number % 100 == 0 ? nil : "z\(number / 100 * 100)",
                    area: try square(at: number * 100)
                )
            }
            let first = try await store.replacePlan(of: .standard, with: zones)
            let second = try await store.replacePlan(of: .standard, with: zones)
            #expect(first == second)
            #expect(try await store.replacePlan(of: .standard, with: []) == [])
        }
    }
}

private func moment(_ minutes: Int64) -> Timestamp {
    Timestamp(microseconds: start2026 + minutes * 60_000_000)
}

/// A square of 90 steps, with a hole of 30 steps if wanted.
private func square(at origin: Int32, holed: Bool = false) throws -> ZoneArea {
    func ring(_ low: Int32, _ high: Int32) throws -> [Coordinate] {
        try [(low, low), (low, high), (high, high), (high, low), (low, low)].map { y, x in
            try coordinate(origin + y, origin + x)
        }
    }
    return ZoneArea([try holed ? [ring(0, 90), ring(30, 60)] : [ring(0, 90)]])
}

private func zone(
    _ code: String,
    _ kind: Zone.Kind = .booth,
    named name: String? = nil,
    floor: Int16? = nil,
    parent: String? = nil,
    hints: [ZoneHint]? = nil
) throws -> ZoneDetails {
    ZoneDetails(
        code: code,
        name: name ?? "Zone \(code)",
        kind: kind,
        floor: floor,
        parent: parent,
        area: try square(at: 0),
        hints: hints
    )
}
