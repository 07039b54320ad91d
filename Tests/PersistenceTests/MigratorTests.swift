import Geospatial
import Models
import Persistence
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct MigratorTests {
    @Test func concurrentServicesMigrateOnce() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { try await Migrator(client: client, logger: quiet).migrate() }
                }
                try await group.waitForAll()
            }
            let numbers = try await client.query("SELECT number FROM schema_migration ORDER BY number")
                .column(Int32.self)
            #expect(numbers == Array(1...Int32(numbers.count)))
            try await PersonStore(client: client).createPersons(2)
        }
    }

    @Test func rejectsANewerDatabase() async throws {
        try await withMigratedDatabase { client in
            try await client.execute("INSERT INTO schema_migration (number, name) VALUES (1000, 'future')")
            await #expect(throws: MigrationError.databaseIsNewer) {
                try await Migrator(client: client, logger: quiet).migrate()
            }
        }
    }

    /// The legacy schema, with rows that have all of its peculiarities.
    @Test func importsAllRowsOfALegacyDatabase() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            try await client.withConnection { connection in
                try await connection.execute(script: referenceSchema)
                try await connection.execute(script: referenceRows)
            }
            try TestDatabase.prepare(client.configuration)
            try await Migrator(client: client, logger: quiet).migrate()

            let store = LocationStore(client: client)
            func text(_ id: Int64) async throws -> String? {
                guard let location = try await store.location(try #require(LocationID(rawValue: id))) else {
                    return nil
                }
                let report = location.report
                return "\(report.personID.rawValue) \(report.coordinate.latitude) \(report.coordinate.longitude) "
                    + "\(report.creationTime)"
            }
            // x is the latitude: swapped where that is impossible, kept where it is possible.
            #expect(try await text(29) == "1 37.553441 -122.290524 2020-08-18T10:37:06")
            #expect(try await text(42) == "6 35.058564 -106.5788 2020-07-07T10:37:06.500000")
            #expect(try await text(43) == "6 12.5 -80.25 2020-07-07T10:37:06")
            // Repeats keep their numbers, and so do rows older than any phone.
            for id: Int64 in 36...41 { #expect(try await text(id) == "1 37.55363 -122.290883 2020-07-07T10:37:06") }
            #expect(try await text(50) == "5 1 2 1969-07-20T20:17:40")
            #expect(try await store.trail(of: try person(1)).count == 7)

            // Rows that are not a point on Earth become dead letters.
            let letters = try await DeadLetterStore(client: client).entries(reason: nil, after: 0, limit: 10)
            #expect(letters.map(\.reason) == Array(repeating: "unrepresentable", count: 4))
            #expect(letters.allSatisfy { String(decoding: $0.payload, as: UTF8.self).contains(#""coordinate":"01"#) })
            let stored = try await client.query("SELECT count(*) FROM location").single(Int.self)
            #expect(stored + letters.count == 15)

            // The legacy seed never advanced the sequence.
            let created = try await PersonStore(client: client).create(
                PersonDetails(firstName: "A", lastName: "B", companyName: "C")
            )
            #expect(created.id.rawValue == 10)
            try await Migrator(client: client, logger: quiet).migrate()
        }
    }
}

private let referenceRows: StaticString = """
    INSERT INTO person (id, first_name, last_name, company_name)
    VALUES (1, 'Ada', 'L', 'X'), (5, 'Bob', 'M', 'Y'), (6, 'Cy', 'N', 'Z'), (9, 'Di', 'O', 'W');
    INSERT INTO location (id, person_id, coordinate, creation_time) VALUES
        (29, 1, ST_Point(-122.290524, 37.553441), '2020-08-18 10:37:06'),
        (42, 6, ST_Point(35.058564, -106.5788), '2020-07-07 10:37:06.5'),
        (43, 6, ST_Point(12.5, -80.25), '2020-07-07 10:37:06'),
        (50, 5, ST_Point(1, 2), '1969-07-20 20:17:40'),
        (51, 5, ST_Point(1, 2), '1999-12-31 23:59:59.999999'),
        (60, 9, ST_Point(200, 300), '2020-01-01'),
        (61, 9, ST_Point('NaN', 3), '2020-01-01'),
        (62, 9, 'LINESTRING(0 0, 1 1)', '2020-01-01'),
        (63, 9, ST_Point(1, 2), 'infinity');
    INSERT INTO location (id, person_id, coordinate, creation_time)
    SELECT id, 1, ST_Point(-122.290883, 37.55363), '2020-07-07 10:37:06' FROM generate_series(36, 41) id;
    """
