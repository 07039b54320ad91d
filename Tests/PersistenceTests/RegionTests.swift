import Foundation
import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct RegionTests {
    /// A block whose messages are of person 1, of person 2, and of person 1: field 1 with the number.
    private static let block: PostgresQuery = "'\\x020801020802020801'::bytea"
    private static let erased: [UInt8] = [0, 2, 8, 2, 0]

    /// The script must know of each table whether it is copied to another region.
    @Test func theScriptKnowsEachTable() async throws {
        let script = try String(contentsOf: TestCluster.packageRoot.appending(path: "scripts/region"), encoding: .utf8)
        try await withMigratedDatabase { client in
            let tables = try await client.query(
                """
                SELECT relname::text FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                    AND relowner = 'uda_owner'::regrole
                """
            ).column(String.self)
            #expect(tables.contains("location"))
            #expect(tables.filter { !script.contains(#""\#($0)""#) } == [])
        }
    }

    /// Adds a second region with its partitions, and a block in the partition of person 1 of each region.
    private static func addRegion(_ client: PostgresClient) async throws {
        try await client.execute("INSERT INTO region (number) VALUES (2)")
        try await client.execute(
            "INSERT INTO location_log_partition (partition, region) SELECT generate_series(8, 15), 2"
        )
        try await client.execute(
            """
            INSERT INTO location_log (partition, last_offset, message_count, appended_at, messages)
            SELECT unnest(location_log_partitions_of(1)), 2, 3, now(), \(fragment: block)
            """
        )
        try await client.execute(
            "UPDATE location_log_partition SET next_offset = 3 WHERE partition = ANY (location_log_partitions_of(1))"
        )
    }

    /// Runs a statement as a replication worker would.
    private static func arrive(_ statement: PostgresQuery, in client: PostgresClient) async throws {
        try await client.withTransaction { connection in
            try await connection.execute("SET LOCAL session_replication_role = replica")
            try await connection.execute(statement)
        }
    }

    private static func messages(_ client: PostgresClient) async throws -> [[UInt8]] {
        try await client.query("SELECT messages FROM location_log ORDER BY partition").column([UInt8].self)
    }

    @Test func placesAPersonInAPartitionOfEachRegion() async throws {
        try await withMigratedDatabase { client in
            try await Self.addRegion(client)
            let places = try await client.query("SELECT unnest(location_log_partitions_of(1))").column(Int16.self)
            #expect(places.count == 2)
            #expect(places[1] - places[0] == 8)
            let home = try await client.query("SELECT location_log_partition_of(1)").single(Int16.self)
            #expect(home == places[0])
        }
    }

    @Test func erasesMessagesOfBothRegions() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            try await Self.addRegion(client)
            #expect(try await PersonStore(client: client).erase(try person(1)))
            #expect(try await Self.messages(client) == [Self.erased, Self.erased])
        }
    }

    @Test func carriesOutArrivingErasures() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(2)
            try await Self.addRegion(client)
            let others = try location(1, person: 2)
            _ = try await LocationSink(client: client).store([try location(0, person: 1), others], from: 0, to: 2)
            try await client.execute(
                "INSERT INTO acquaintance (viewer_id, other_id, named_on) VALUES (2, 1, current_date)"
            )
            var erasures = try persons.erasures().makeAsyncIterator()
            #expect(await erasures.next() == .missed)
            try await Self.arrive("DELETE FROM person WHERE id = 1", in: client)
            try await Self.arrive("INSERT INTO person_erasure (person_id) VALUES (1)", in: client)
            #expect(await erasures.next() == .changed(try person(1)))
            #expect(try await Self.messages(client) == [Self.erased, Self.erased])
            #expect(try await LocationStore(client: client).trail(of: try person(1)).isEmpty)
            #expect(try await LocationStore(client: client).trail(of: try person(2)) == [others])
            #expect(try await client.query("SELECT count(*) FROM acquaintance").single(Int.self) == 0)
        }
    }

    /// A pause removes what is stored of its time; its end limits that.
    @Test func removesTheLocationsOfArrivingPauses() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            try await Self.addRegion(client)
            let locations = try (0..<4).map { try location($0, person: 1, second: $0 * 60) }
            _ = try await LocationSink(client: client).store(locations, from: 0, to: 4)
            let times = locations.map { $0.report.creationTime.postgres }
            try await Self.arrive(
                "INSERT INTO pause (person_id, begins, ends) VALUES (1, \(times[1]), \(times[3]))",
                in: client
            )
            #expect(try await LocationStore(client: client).trail(of: try person(1)) == [locations[0], locations[3]])
            // The blocks were appended after the end of the pause.
            #expect(try await !Self.messages(client).contains(Self.erased))
        }
    }

    @Test func skipsArrivingRowsThatExistOrLackTheirPerson() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            for _ in 0..<2 {
                try await Self.arrive("INSERT INTO acquaintance VALUES (1, 2, '2026-06-05')", in: client)
                try await Self.arrive("INSERT INTO acquaintance VALUES (1, 9, '2026-06-05')", in: client)
                for person in 1...3 as ClosedRange<Int32> {
                    try await Self.arrive(
                        """
                        INSERT INTO zone_hint (person_id, device, seen_at, kind, digest)
                        VALUES (\(person), 1, '2026-06-05', 'wifi', 7)
                        """,
                        in: client
                    )
                }
            }
            #expect(try await client.query("SELECT count(*) FROM acquaintance").single(Int.self) == 1)
            #expect(try await client.query("SELECT count(*) FROM zone_hint").single(Int.self) == 2)
        }
    }

    @Test func measuresTheLagOfTheOtherRegion() async throws {
        try await withMigratedDatabase { client in
            let store = RegionStore(client: client)
            #expect(try await store.recordSignOfLife() == nil)
            #expect(try await store.ageOfConsents() == 0)
            try await client.execute("INSERT INTO region VALUES (2, now() - interval '1 h')")
            try await TestDatabase.withClient(of: client.configuration, as: "uda_consumer") { consumer in
                let lag = try await RegionStore(client: consumer).recordSignOfLife()
                #expect(try #require(lag) >= 3_600)
            }
            try await client.execute(
                "CREATE OR REPLACE FUNCTION own_region() RETURNS smallint LANGUAGE sql STABLE AS 'SELECT 2::smallint'"
            )
            try await client.execute("UPDATE region SET seen_at = now() - interval '2 h' WHERE number = 1")
            try await TestDatabase.withClient(of: client.configuration, as: "uda_connection") { reader in
                let age = try await RegionStore(client: reader).ageOfConsents()
                #expect(age >= 7_200)
            }
        }
    }
}
