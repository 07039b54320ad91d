import Postgres
import TestSupport
import Testing

/// The services log in as roles with minimal rights, as in all other integration tests.
@Suite(.timeLimit(.minutes(10))) struct RolesTests {
    @Test func eachServiceLogsInAsItsOwnRole() async throws {
        try await withServices { services in
            let client = PostgresClient(configuration: services.database)
            let roles = try await client.query(
                """
                SELECT DISTINCT usename::text FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename LIKE 'uda\\_%' ORDER BY 1
                """
            ).column(String.self)
            await client.close()
            #expect(roles == ["uda_connection", "uda_consumer", "uda_person", "uda_producer"])
        }
    }

    /// With the rights of its role, a service cannot migrate, and names the command that can.
    @Test func onlyTheMigratorMigrates() async throws {
        try await TestDatabase.withDatabase(.extensions) { database in
            let error = #expect(throws: ServiceDied.self) {
                try RunningService.run(.personService, "migrate", database: database)
            }
            #expect(error != nil)
            try RunningService.migrate(database)
            try RunningService.migrate(database)
            let client = PostgresClient(configuration: database)
            let owners = try await client.query(
                "SELECT DISTINCT tableowner::text FROM pg_tables WHERE tablename = 'location'"
            ).column(String.self)
            await client.close()
            #expect(owners == ["uda_owner"])
        }
    }

    /// A function of the owner creates the partition of a month; another one erases from it.
    @Test func storesAndErasesInNewMonths() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Me")
            let batch = ["1999-12-31", "2020-02-29", "2026-05-04"].map {
                #"{"person_id":\#(person),"latitude":48,"longitude":2,"creation_time":"\#($0)T10:00:00"}"#
            }
            let answer = try await services.send(
                "POST",
                "/api/locations/batch",
                to: services.producer,
                json: batch.joined(separator: "\n"),
                contentType: "application/x-ndjson"
            )
            #expect(answer.status == 200)
            let client = PostgresClient(configuration: services.database)
            try await eventually("the three are stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 3
            }
            let partitions = try await client.query(
                "SELECT DISTINCT tableoid::regclass::text FROM location ORDER BY 1"
            ).column(String.self)
            #expect(partitions == ["location_2020_02", "location_2026_05", "location_before_2000"])
            #expect(try await services.send("DELETE", "/api/persons/\(person)", to: services.person).status == 204)
            #expect(try await client.query("SELECT count(*) FROM location").single(Int.self) == 0)
            await client.close()
        }
    }
}
