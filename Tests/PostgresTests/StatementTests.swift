import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct StatementTests {
    private func isActive(_ marker: String, _ client: PostgresClient) async throws -> Bool {
        try await client.query(
            """
            SELECT 1 FROM pg_stat_activity
            WHERE state = 'active' AND query LIKE \("%" + marker) AND pid <> pg_backend_pid()
            """
        ).isEmpty == false
    }

    @Test func cancellingTheTaskCancelsTheStatementOnTheServer() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let observer = PostgresClient(configuration: try TestCluster.configuration())
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            for _ in 0..<5 {
                let task = Task { try await client.query("SELECT pg_sleep(60) -- cancel me") }
                try await eventually { try await isActive("-- cancel me", observer) }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await eventually { try await !isActive("-- cancel me", observer) }
            }
            let after = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(before == after, "the connection is reused")
            await observer.close()
        }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        try await TestDatabase.withClient { client in
            try await client.execute("CREATE TABLE t (id int8)")
            let task = Task {
                try await client.withConnection { connection in
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await connection.execute("INSERT INTO t VALUES (1)")
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let count = try await client.query("SELECT count(*) FROM t").single(Int.self)
            #expect(count == 0)
        }
    }

    @Test func theServerEndsStatementsAtTheConfiguredLimit() async throws {
        try await TestDatabase.withClient(\.statementTimeout, .milliseconds(50)) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT pg_sleep(60)") }
            #expect(error?.code == .statementTimeout)
            #expect(error?.sqlState == .queryCanceled)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func theClientEndsStatementsAtTheirOwnLimit() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT pg_sleep(60)", timeout: .milliseconds(50))
            }
            #expect(error?.code == .statementTimeout)
            let after = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(before == after)
        }
    }

    @Test func lockTimeoutIsRetriable() async throws {
        try await TestDatabase.withClient(\.lockTimeout, .milliseconds(50)) { client in
            try await client.execute("CREATE TABLE t (id int8)")
            try await client.withTransaction { connection in
                try await connection.execute("LOCK TABLE t")
                let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT * FROM t") }
                #expect(error?.sqlState == .lockNotAvailable)
                #expect(error?.isRetriable == true)
            }
        }
    }

    @Test func statementCacheSurvivesTableChanges() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            try await client.execute("CREATE TABLE t (id int8)")
            try await client.execute("INSERT INTO t VALUES (1)")
            for _ in 0..<3 {
                let value1 = try await client.query("SELECT * FROM t").columnNames
                #expect(value1 == ["id"])
            }
            try await client.execute("ALTER TABLE t ADD name text DEFAULT 'x'")
            for _ in 0..<3 {
                let value2 = try await client.query("SELECT * FROM t").columnNames
                #expect(value2 == ["id", "name"])
            }
            try await client.execute("ALTER TABLE t ALTER id TYPE text")
            // Within a transaction, the failure has aborted it, so the whole transaction runs again.
            let id = try await client.withTransaction { connection in
                try await connection.query("SELECT * FROM t").single(String.self, String.self).0
            }
            #expect(id == "1")
        }
    }

    @Test func statementCacheSurvivesDeallocation() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            for round in 0..<6 {
                if round == 3 { try await client.execute("DEALLOCATE ALL") }
                let value3 = try await client.query("SELECT \(round)").single(Int.self)
                #expect(value3 == round)
            }
        }
    }

    @Test func statementCacheIsBounded() async throws {
        try await TestDatabase.withClient(\.statementCacheCapacity, 4) { client in
            for number in 0..<20 {
                for _ in 0..<3 {
                    let query: PostgresQuery = "SELECT \(number) AS \(identifier: "column\(number)")"
                    let value4 = try await client.query(query).single(Int.self)
                    #expect(value4 == number)
                }
            }
            let prepared = try await client.query("SELECT count(*) FROM pg_prepared_statements").single(Int.self)
            #expect((1...4).contains(prepared))
        }
    }

    @Test func theSameTextWithOtherTypesIsAnotherStatement() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            for _ in 0..<3 {
                let number = try await client.query("SELECT \(7)").single(Int.self)
                let text = try await client.query("SELECT \("7")").single(String.self)
                #expect(number == 7)
                #expect(text == "7")
            }
        }
    }

    @Test func errorsNameTheConstraintAndNeverTheData() async throws {
        try await TestDatabase.withClient { client in
            try await client.execute(
                "CREATE TABLE person (id int8 PRIMARY KEY, name text NOT NULL CHECK (name <> 'xyzzy'))"
            )
            try await client.execute("INSERT INTO person VALUES (424242, 'plugh')")
            let statements: [(PostgresQuery, SQLState)] = [
                ("INSERT INTO person VALUES (\(424_242), \("plugh"))", .uniqueViolation),
                ("INSERT INTO person VALUES (\(5), \("xyzzy"))", .checkViolation),
                ("INSERT INTO person VALUES (\(424_242), \(String?.none))", .notNullViolation),
                ("SELECT \("xyzzy")::int8", SQLState(rawValue: "22P02")),
                ("SELECT * FROM plover WHERE name = \("xyzzy")", .undefinedTable),
                ("SELECT \(literal: "xyzzy")::int8 /* 424242 */", SQLState(rawValue: "22P02")),
                ("SELECT \(literal: "xyzzy") plugh 424242", SQLState(rawValue: "42601")),
                ("SELECT 424242 / (\(0)::int8)", SQLState(rawValue: "22012")),
                ("SELECT \("2024-02-31 xyzzy")::timestamptz", SQLState(rawValue: "22007")),
            ]
            for (statement, state) in statements {
                let error = await #expect(throws: PostgresError.self) { try await client.query(statement) }
                let text = "\(try #require(error)) \(error?.message ?? "")"
                #expect(error?.code == .server)
                #expect(error?.sqlState == state)
                #expect(error?.isRetriable == false)
                #expect(error?.statement?.contains("xyzzy") != true)
                for data in ["424242", "xyzzy", "plugh"] { #expect(!text.contains(data)) }
            }
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT * FROM plover") }
            #expect(error?.message.contains("plover") == true, "names from the program's own text help")
        }
    }

    @Test func warningsDoNotFailStatements() async throws {
        try await TestDatabase.withClient { client in
            try await client.execute("DO $$ BEGIN RAISE WARNING 'should not be seen'; END $$")
            #expect(try await client.query("SELECT 1").single(Int.self) == 1)
        }
    }
}
