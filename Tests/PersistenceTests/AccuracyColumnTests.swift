import Models
import Observability
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct AccuracyColumnTests {
    @Test func storesTheAccuracy() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let locations = try [nil, 1, 12, 32_768, 65_535].enumerated().map { index, accuracy in
                try location(Int64(index), second: Int64(index), accuracy: accuracy)
            }
            let outcome = try await LocationSink(client: client).store(locations, from: 0, to: 5)
            #expect(outcome.stored == 5)
            let store = LocationStore(client: client)
            #expect(try await store.trail(of: try person(1)) == locations)
            for location in locations { #expect(try await store.location(location.id) == location) }
            let isNull = try await client.query("SELECT accuracy IS NULL FROM location ORDER BY id").column(Bool.self)
            #expect(isNull == [true, false, false, false, false])
        }
    }

    @Test func storesTelemetry() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let plain = try location(0)
            let told = Telemetry(altitude: -12, speed: 0.1, course: 359, battery: 0)
            let telling = Location(
                id: try #require(LocationID(partition: 0, offset: 1)),
                report: LocationReport(
                    personID: plain.report.personID,
                    coordinate: plain.report.coordinate,
                    creationTime: Timestamp(microseconds: start2026 + 1_000_000),
                    isMock: true,
                    isHeartbeat: true,
                    telemetry: told
                )
            )
            _ = try await LocationSink(client: client).store([plain, telling], from: 0, to: 2)
            let store = LocationStore(client: client)
            for location in [plain, telling] { #expect(try await store.location(location.id) == location) }
            // Trails have the same columns as the index.
            let trail = try await store.trail(of: plain.report.personID)
            #expect(trail.map(\.report.isMock) == [false, true])
            #expect(trail.map(\.report.isHeartbeat) == [false, true])
            #expect(trail.allSatisfy { $0.report.telemetry.isEmpty })
            let exported = try await store.withExport(from: nil) { export in
                var all: [Location] = []
                for try await chunk in export.locations { all += chunk }
                return all
            }
            #expect(Set(exported) == Set(trail))
        }
    }

    @Test func keepsTheFirstOfRepeats() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            _ = try await sink.store([try location(0, accuracy: 9), try location(1)], from: 0, to: 2)
            _ = try await sink.store([try location(2, accuracy: 3)], from: 2, to: 3)
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail == [try location(0, accuracy: 9)])
        }
    }

    /// A database of the previous version, with rows, while a consumer of that version still runs.
    @Test func migratesWhileAnOlderConsumerStores() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            try await client.migrate(upTo: 6)
            try await PersonStore(client: client).createPersons(1)
            try await client.withTransaction { connection in
                let january = Timestamp(microseconds: start2026)
                try await connection.execute(script: Migration.createLocationPartition)
                try await LocationPartitions.create(for: [january], on: connection)
            }
            try await storeAsBefore(try location(0), in: client)
            let file = try await client.query("SELECT pg_relation_filenode('location_2026_01')::bigint").single(
                Int64.self
            )

            try TestDatabase.prepare(client.configuration)
            try await Migrator(client: client, logger: quiet).migrate()

            let fileAfter = try await client.query("SELECT pg_relation_filenode('location_2026_01')::bigint")
                .single(Int64.self)
            #expect(file == fileAfter, "The partition has been rewritten.")
            try await storeAsBefore(try location(1, second: 1), in: client)
            // January's partition is older than the column; February's is newer.
            let february: Int64 = 31 * 86_400
            let new = try [location(2, second: 2, accuracy: 7), location(3, second: february, accuracy: 8)]
            #expect(try await LocationSink(client: client).store(new, from: 0, to: 4).stored == 2)
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail == [try location(0), try location(1, second: 1)] + new)

            let orders = try await client.query(
                """
                SELECT DISTINCT string_agg(attnum || ' ' || attname, ', ' ORDER BY attnum)
                FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
                WHERE attnum > 0 AND c.relname IN ('location', 'location_2026_01', 'location_2026_02') GROUP BY attrelid
                """
            ).column(String.self)
            let order = "1 id, 2 person_id, 3 creation_time, 4 coordinate, 5 cell, 6 accuracy, 7 is_mock, 8 altitude"
            #expect(orders == [order + ", 9 speed, 10 course, 11 battery, 12 device, 13 twin, 14 is_heartbeat"])
        }
    }

    /// Stores a location as the previous version does, without an accuracy.
    private func storeAsBefore(_ location: Location, in client: PostgresClient) async throws {
        try await client.execute(
            """
            INSERT INTO location (id, person_id, creation_time, coordinate, cell)
            VALUES (
                \(location.id), \(location.report.personID), \(location.report.creationTime.postgres),
                ST_SetSRID(ST_Point(2, 48), 4326), 0
            )
            """
        )
    }
}
