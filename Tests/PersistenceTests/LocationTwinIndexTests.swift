import Models
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct LocationTwinIndexTests {
    private static let day: Int64 = 86_400

    @Test func migratesWhileAnOlderConsumerStores() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            let last = try #require(Migration.all.last { !$0.isTransaction })
            try await client.migrate(upTo: last.number - 1)
            try await PersonStore(client: client).createPersons(1)
            try await Self.createPartition(ofDay: 0, in: client)
            try await Self.createPartition(ofDay: 31, in: client)
            try await Self.storeAsBefore(second: 0, in: client)
            try await Self.storeAsBefore(second: 31 * Self.day, in: client)
            // The remains of an interrupted attempt.
            try await client.execute("CREATE INDEX location_2026_01_person_time_twin ON location_2026_01 (id)")
            try TestDatabase.prepare(client.configuration)

            let stored = try await Self.storing(in: client) {
                try await Migrator(client: client, logger: quiet).migrate()
            }

            try await Self.storeAsBefore(second: stored, in: client)
            try await Self.createPartition(ofDay: 59, in: client)
            let indexes = try await client.query(
                """
                SELECT indrelid::regclass::text || ' ' || (indisunique AND indisvalid)::text
                FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
                WHERE c.relname LIKE 'location%' AND pg_get_indexdef(indexrelid) LIKE '%(person_id, creation_time, twin)%'
                ORDER BY 1
                """
            ).column(String.self)
            #expect(
                indexes == ["location true", "location_2026_01 true", "location_2026_02 true", "location_2026_03 true"]
            )
            let isGone = try await client.query("SELECT to_regclass('location_person_time') IS NULL").single(Bool.self)
            #expect(isGone)
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail.count == Int(stored) + 2)
            let other = try location(1, second: 31 * Self.day, device: 1)
            #expect(try await LocationSink(client: client).store([other], from: 0, to: 2).stored == 1)
        }
    }

    /// Stores one location per second, starting with the first, during some work; returns the next second.
    private static func storing(
        in client: PostgresClient,
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws
        -> Int64
    {
        let isOver = Atomic(false)
        var second: Int64 = 1
        async let end: Void = {
            defer { isOver.store(true, ordering: .relaxed) }
            try await work()
        }()
        while !isOver.load(ordering: .relaxed) {
            try await storeAsBefore(second: second, in: client)
            second += 1
        }
        try await end
        return second
    }

    private static func createPartition(ofDay day: Int64, in client: PostgresClient) async throws {
        try await client.withTransaction { connection in
            let time = Timestamp(microseconds: start2026 + day * Self.day * 1_000_000)
            try await LocationPartitions.create(for: [time], on: connection)
        }
    }

    /// Stores a location as the previous version does, without device and twin.
    private static func storeAsBefore(second: Int64, in client: PostgresClient) async throws {
        let location = try location(second, second: second)
        try await client.execute(
            """
            INSERT INTO location (id, person_id, creation_time, coordinate, cell)
            SELECT \(location.id), 1, \(location.report.creationTime.postgres), ST_SetSRID(ST_Point(2, 48), 4326), 0
            WHERE NOT EXISTS (
                SELECT FROM location l WHERE l.person_id = 1
                    AND l.creation_time = \(location.report.creationTime.postgres) AND l.id >= 4294967296
            )
            """
        )
    }
}
