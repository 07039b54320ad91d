import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

/// Each role has exactly the rights of the table.
@Suite(.timeLimit(.minutes(10))) struct PrivilegesTests {
    @Test func grantsExactlyWhatTheTableSays() async throws {
        try await withDatabaseOfTheMigrator { client in
            try await client.withConnection { connection in
                let held = try await Privileges(heldOn: connection)
                #expect(held == Privileges.granted)
            }
        }
    }

    @Test func undoesManualGrantsAndRevocations() async throws {
        try await withDatabaseOfTheMigrator { client in
            try await client.withConnection { connection in
                try await connection.execute(
                    script: """
                        GRANT SELECT ON person TO uda_producer WITH GRANT OPTION;
                        GRANT UPDATE (name) ON device TO uda_consumer;
                        GRANT EXECUTE ON FUNCTION erase_person TO PUBLIC;
                        GRANT CREATE ON SCHEMA public TO uda_person;
                        REVOKE INSERT ON location FROM uda_consumer;
                        CREATE TABLE forgotten ();
                        ALTER TABLE forgotten OWNER TO uda_owner;
                        GRANT TRUNCATE ON forgotten TO PUBLIC;
                        """
                )
            }
            try await Migrator(client: client, logger: quiet).migrate()
            try await client.withConnection { connection in
                let held = try await Privileges(heldOn: connection)
                #expect(held == Privileges.granted)
            }
        }
    }

    @Test func everythingBelongsToTheOwnerButExtensions() async throws {
        try await withDatabaseOfTheMigrator { client in
            let strangers = try await client.query(Self.foreignObjects).column(String.self)
            #expect(strangers.isEmpty)
        }
    }

    @Test func rolesHaveOnlyTheRequiredAttributesAndMemberships() async throws {
        try await TestDatabase.withClient { client in
            let attributes = try await client.query(
                """
                SELECT rolname || concat(
                    CASE WHEN rolsuper THEN ' superuser' END, CASE WHEN rolcreatedb THEN ' createdb' END,
                    CASE WHEN rolcreaterole THEN ' createrole' END, CASE WHEN rolreplication THEN ' replication' END,
                    CASE WHEN rolbypassrls THEN ' bypassrls' END, CASE WHEN NOT rolcanlogin THEN ' nologin' END,
                    CASE WHEN NOT rolinherit THEN ' noinherit' END
                ) FROM pg_roles WHERE rolname LIKE 'uda\\_%' ORDER BY rolname
                """
            ).column(String.self)
            #expect(
                attributes == [
                    "uda_access", "uda_backup replication", "uda_connection", "uda_consumer", "uda_migrator noinherit",
                    "uda_monitor", "uda_owner nologin", "uda_person", "uda_producer", "uda_warehouse", "uda_webhook",
                ]
            )
            let memberships = try await client.query(
                """
                SELECT pg_get_userbyid(member) || ' in ' || pg_get_userbyid(roleid) FROM pg_auth_members
                WHERE pg_get_userbyid(member) LIKE 'uda\\_%' ORDER BY 1
                """
            ).column(String.self)
            #expect(
                memberships == [
                    "uda_backup in pg_read_all_data", "uda_migrator in uda_owner", "uda_monitor in pg_monitor",
                ]
            )
        }
    }

    @Test(arguments: forbidden.keys.sorted())
    func deniesWhatTheTableDoesNotGrant(role: String) async throws {
        let statements = try #require(Self.forbidden[role])
        try await withDatabaseOfTheMigrator { owner in
            try await TestDatabase.withClient(of: owner.configuration, as: role) { client in
                for statement in statements {
                    let error = await #expect(throws: PostgresError.self, "\(role): \(statement.sql)") {
                        try await client.execute(statement)
                    }
                    #expect(error?.sqlState == .insufficientPrivilege, "\(role): \(statement.sql)")
                }
            }
        }
    }

    @Test func createsPartitionsForMonthsOnly() async throws {
        try await withDatabaseOfTheMigrator { owner in
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_consumer") { client in
                for month: Int32? in [-2, 96_000, nil] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await client.query("SELECT create_location_partition(\(month))::text")
                    }
                    #expect(error?.sqlState == .invalidParameterValue)
                }
            }
        }
    }

    /// Earlier releases logged in as the cluster's owner, which owns everything.
    @Test func migratesADatabaseOfAnEarlierRelease() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            try await client.execute(
                "ALTER DATABASE \(identifier: client.configuration.database) OWNER TO CURRENT_USER"
            )
            try await client.migrate(upTo: 12)
            try await PersonStore(client: client).createPersons(2)
            try await client.withConnection { connection in
                try await connection.execute(
                    script: """
                        CREATE TABLE location_2026_01 (LIKE location INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
                        ALTER TABLE location ATTACH PARTITION location_2026_01
                            FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
                        INSERT INTO location (id, person_id, creation_time, coordinate, cell)
                        VALUES (4294967296, 1, '2026-01-01Z', ST_SetSRID(ST_Point(2, 48), 4326), 0);
                        """
                )
            }
            await #expect(throws: MigrationError.databaseIsNotPrepared) {
                try await Migrator(client: client, logger: quiet).migrate()
            }

            try TestDatabase.prepare(client.configuration)
            try RunningService.migrate(client.configuration)

            #expect(try await client.query(Self.foreignObjects).column(String.self).isEmpty)
            try await client.withConnection { connection in
                let held = try await Privileges(heldOn: connection)
                #expect(held == Privileges.granted)
            }
            try await TestDatabase.withClient(of: client.configuration, as: "uda_consumer") { consumer in
                // In the old partition and in a new one.
                let new = try [location(1, person: 2), location(2, person: 2, second: 40 * 86_400)]
                let outcome = try await LocationSink(client: consumer).store(new, from: 0, to: 3)
                #expect(outcome.stored == 2)
            }
            try await TestDatabase.withClient(of: client.configuration, as: "uda_person") { persons in
                let wasErased = try await PersonStore(client: persons).erase(person(1))
                #expect(wasErased)
            }
            #expect(try await client.query("SELECT count(*) FROM location").single(Int.self) == 2)
        }
    }

    /// Objects of the schema that belong neither to the owner nor to an extension.
    private static let foreignObjects: PostgresQuery = """
        SELECT relname::text FROM pg_class c
        WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) <> 'uda_owner' AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('e', 'i', 'a')
        )
        UNION ALL
        SELECT proname::text FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace AND pg_get_userbyid(proowner) <> 'uda_owner' AND NOT EXISTS (
            SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e'
        )
        """

    /// Statements that no service may run.
    private static let beyondServices: [PostgresQuery] = [
        "CREATE TABLE mine (id integer)",
        "CREATE FUNCTION mine() RETURNS void LANGUAGE sql AS ''",
        "ALTER TABLE person ADD COLUMN mine text",
        "DROP TABLE dead_letter",
        "TRUNCATE location_offset",
        "DELETE FROM schema_migration",
        "SET ROLE uda_owner",
        "SET ROLE uda_migrator",
        "SET SESSION AUTHORIZATION postgres",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "CREATE EXTENSION dblink",
        "ALTER SYSTEM SET fsync = off",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/mine'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_create(0)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres' LIMIT 1",
        "SELECT passwd FROM pg_shadow",
    ]

    /// Statements that a role may not run.
    private static let forbidden: [String: [PostgresQuery]] = [
        "uda_person": beyondServices + [
            "SELECT id FROM location", "DELETE FROM location WHERE person_id = 1", "SELECT payload FROM dead_letter",
            "SELECT messages FROM location_log", "UPDATE location_offset SET next_offset = 0",
            "UPDATE device SET person_id = 1", "SELECT create_location_partition(1)", "CREATE TEMPORARY TABLE t ()",
            "INSERT INTO claim SELECT * FROM claim", "UPDATE claim SET person_id = 1",
        ],
        "uda_producer": beyondServices + [
            "SELECT id FROM location", "SELECT first_name FROM person", "DELETE FROM person", "SELECT name FROM device",
            "DELETE FROM device", "SELECT messages FROM location_log", "DELETE FROM location_log",
            "UPDATE location_log SET messages = ''", "SELECT next_offset FROM location_offset",
            "SELECT payload FROM dead_letter", "SELECT erase_person(1)", "SELECT create_location_partition(1)",
            "CREATE TEMPORARY TABLE t ()", "SELECT forget_locations(1, now())", "UPDATE api_key SET revoked_at = NULL",
        ],
        "uda_consumer": beyondServices + [
            "SELECT coordinate FROM location", "DELETE FROM location", "UPDATE location SET person_id = 1",
            "SELECT first_name FROM person", "DELETE FROM person", "SELECT id FROM device",
            "UPDATE location_log SET messages = ''", "UPDATE dead_letter SET payload = ''", "SELECT erase_person(1)",
        ],
        "uda_connection": beyondServices + [
            "DELETE FROM location", "INSERT INTO person (first_name, last_name, company_name) VALUES ('', '', '')",
            "DELETE FROM person", "SELECT token_digest FROM device", "SELECT payload FROM dead_letter",
            "DELETE FROM location_log", "UPDATE location_offset SET next_offset = 0", "SELECT erase_person(1)",
            "SELECT create_location_partition(1)", "CREATE TEMPORARY TABLE t ()",
        ],
        "uda_access": beyondServices + [
            "SELECT first_name FROM person", "DELETE FROM person", "SELECT id FROM location", "SELECT id FROM device",
            "SELECT payload FROM dead_letter", "UPDATE access_audit SET subject = ''", "DELETE FROM access_audit",
            "UPDATE api_key SET digest = ''", "DELETE FROM api_key", "SELECT erase_person(1)",
        ],
        "uda_warehouse": beyondServices + [
            "SELECT first_name FROM person", "SELECT battery FROM location", "DELETE FROM location",
            "SELECT id FROM device", "SELECT payload FROM dead_letter", "SELECT messages FROM location_log",
            "UPDATE location_offset SET next_offset = 0", "SELECT erase_person(1)",
            "SELECT create_location_partition(1)",
        ],
        "uda_webhook": beyondServices + [
            "SELECT first_name FROM person", "DELETE FROM person", "SELECT id FROM location", "SELECT id FROM device",
            "UPDATE consent SET is_given = true", "SELECT subject FROM published_fact", "SELECT erase_person(1)",
            "UPDATE domain_event SET person_id = 1",
        ],
        "uda_monitor": ["SELECT id FROM public.person", "SELECT id FROM public.location", "SET ROLE uda_owner"],
        "uda_backup": ["DELETE FROM person", "UPDATE location SET person_id = 1", "SET ROLE uda_owner"],
        "uda_migrator": ["SELECT id FROM public.person", "CREATE TABLE public.mine (id integer)", "CREATE ROLE mine"],
    ]
}

/// Creates a database whose schema the migrator has created, as operators do, and a client of the cluster's owner.
private func withDatabaseOfTheMigrator(_ body: (PostgresClient) async throws -> Void) async throws {
    try await TestDatabase.withClient(.extensions) { client in
        try RunningService.migrate(client.configuration)
        try await body(client)
    }
}
