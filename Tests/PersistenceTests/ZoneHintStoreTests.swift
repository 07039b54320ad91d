import Models
import Persistence
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct ZoneHintStoreTests {
    private static let time = Timestamp(microseconds: 1_777_888_800_000_000)
    private static let hints = [ZoneHint(kind: .wifi, digest: -5), ZoneHint(kind: .beacon, digest: 5)]

    private static func count(_ client: PostgresClient) async throws -> Int {
        try await client.query("SELECT count(*) FROM zone_hint").single(Int.self)
    }

    @Test func keepsEachHintOnceUntilThePersonIsErased() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(1)
            let store = ZoneHintStore(client: client)
            for _ in 0..<2 {
                try await store.keep(Self.hints, of: try person(1), DeviceNumber(stored: 3), at: Self.time)
            }
            try await store.keep(Self.hints, of: try person(1), DeviceNumber(stored: 4), at: Self.time)
            let rows = try await client.query(
                "SELECT device, kind, digest, seen_at FROM zone_hint ORDER BY device, digest"
            )
            .decode(Int16.self, String.self, Int64.self, PostgresTimestamp.self)
            #expect(rows.map(\.0) == [3, 3, 4, 4])
            #expect(rows.map(\.1) == ["wifi", "beacon", "wifi", "beacon"])
            #expect(rows.map(\.2) == [-5, 5, -5, 5])
            #expect(rows.allSatisfy { $0.3.microsecondsSince1970 == Self.time.microseconds })
            #expect(try await persons.erase(try person(1)))
            #expect(try await Self.count(client) == 0)
        }
    }

    @Test func dropsHintsOfPersonsWhoAreNot() async throws {
        try await withMigratedDatabase { client in
            try await ZoneHintStore(client: client).keep(Self.hints, of: try person(9), .none, at: Self.time)
            #expect(try await Self.count(client) == 0)
        }
    }
}
