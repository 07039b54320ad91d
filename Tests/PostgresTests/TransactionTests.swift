import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TransactionTests {
    private struct Failure: Error {}

    private func withTable(
        connections: Int = 4,
        _ body: (PostgresClient) async throws -> Void
    ) async throws {
        try await TestDatabase.withClient(\.maximumConnections, connections) { client in
            try await client.execute("CREATE TABLE account (id int8 PRIMARY KEY, amount int8 NOT NULL)")
            try await client.execute("INSERT INTO account VALUES (1, 100), (2, 100)")
            try await body(client)
        }
    }

    private func amounts(_ client: PostgresClient) async throws -> [Int] {
        try await client.query("SELECT amount FROM account ORDER BY id").decode(Int.self)
    }

    @Test func commitsOnReturn() async throws {
        try await withTable { client in
            let result = try await client.withTransaction { connection in
                try await connection.execute("UPDATE account SET amount = 1 WHERE id = 1")
            }
            #expect(result == 1)
            let value1 = try await amounts(client)
            #expect(value1 == [1, 100])
        }
    }

    @Test func rollsBackOnAnError() async throws {
        try await withTable(connections: 1) { client in
            await #expect(throws: Failure.self) {
                try await client.withTransaction { connection in
                    try await connection.execute("UPDATE account SET amount = 1")
                    throw Failure()
                }
            }
            let value2 = try await amounts(client)
            #expect(value2 == [100, 100])
        }
    }

    @Test func rollsBackAfterAFailedStatementAndKeepsTheConnection() async throws {
        try await withTable(connections: 1) { client in
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    try await connection.execute("INSERT INTO account VALUES (3, 0)")
                    try await connection.execute("INSERT INTO account VALUES (1, 0)")
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.constraintName == "account_pkey")
            #expect(error?.tableName == "account")
            let after = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(before == after)
            let value3 = try await amounts(client)
            #expect(value3 == [100, 100])
        }
    }

    @Test func reportsACommitThatBecameARollback() async throws {
        try await withTable { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    try await connection.execute("UPDATE account SET amount = 1")
                    _ = try? await connection.execute("SELECT 1 / 0")
                }
            }
            #expect(error?.code == .transactionAborted)
            let value4 = try await amounts(client)
            #expect(value4 == [100, 100])
        }
    }

    @Test func rollsBackWhenTheTaskIsCancelled() async throws {
        try await withTable(connections: 1) { client in
            let (started, continuation) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await client.withTransaction { connection in
                    try await connection.execute("UPDATE account SET amount = 1")
                    continuation.yield()
                    try await connection.query("SELECT pg_sleep(60)")
                }
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let value5 = try await amounts(client)
            #expect(value5 == [100, 100])
        }
    }

    @Test func rejectsWritesInReadOnlyTransactions() async throws {
        try await withTable { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
                    try await connection.execute("UPDATE account SET amount = 1")
                }
            }
            #expect(error?.sqlState == .readOnlyTransaction)
        }
    }

    @Test func rejectsNestedTransactions() async throws {
        try await withTable { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    try await connection.withTransaction { _ in }
                }
            }
            #expect(error?.code == .misuse)
        }
    }

    /// Write skew: both transactions read both rows, and each writes the other row.
    ///
    /// One of the two must fail and run again.
    @Test func retriesSerializationFailures() async throws {
        try await withTable { client in
            let attempts = Atomic<Int>(0)
            let bothHaveRead = Barrier(parties: 2)
            let withdraw: @Sendable (Int) async throws -> Void = { id in
                try await client.withTransaction(isolation: .serializable) { connection in
                    attempts.add(1, ordering: .relaxed)
                    let total = try await connection.query("SELECT sum(amount)::int8 FROM account").single(Int.self)
                    await bothHaveRead.arrive()
                    guard total >= 150 else { return }
                    try await connection.execute("UPDATE account SET amount = amount - 150 WHERE id = \(id)")
                }
            }
            async let first: Void = withdraw(1)
            async let second: Void = withdraw(2)
            _ = try await (first, second)
            let count = attempts.load(ordering: .relaxed)
            #expect(count >= 3)
            let value6 = try await amounts(client).reduce(0, +)
            #expect(value6 == 50)
        }
    }

    @Test func retriesDeadlocks() async throws {
        try await withTable { client in
            try await client.execute("ALTER SYSTEM SET deadlock_timeout = '100ms'")
            try await client.execute("SELECT pg_reload_conf()")
            let bothHaveLocked = Barrier(parties: 2)
            let transfer: @Sendable (Int, Int) async throws -> Void = { from, to in
                try await client.withTransaction { connection in
                    try await connection.execute("UPDATE account SET amount = amount - 1 WHERE id = \(from)")
                    await bothHaveLocked.arrive()
                    try await connection.execute("UPDATE account SET amount = amount + 1 WHERE id = \(to)")
                }
            }
            async let first: Void = transfer(1, 2)
            async let second: Void = transfer(2, 1)
            _ = try await (first, second)
            let value7 = try await amounts(client)
            #expect(value7 == [100, 100])
        }
    }

    @Test func failsAfterTheLastRetry() async throws {
        try await withTable { client in
            let attempts = Atomic<Int>(0)
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(retries: 2) { connection in
                    attempts.add(1, ordering: .relaxed)
                    try await connection.execute("DO $$ BEGIN RAISE EXCEPTION SQLSTATE '40001'; END $$")
                }
            }
            #expect(error?.sqlState == .serializationFailure)
            let count = attempts.load(ordering: .relaxed)
            #expect(count == 3)
        }
    }

    /// A deferred trigger delays COMMIT long enough to kill the server process in the middle of it.
    @Test func reportsALostAnswerToCommit() async throws {
        try await withTable { client in
            try await client.withConnection { connection in
                try await connection.execute(
                    script: """
                        CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
                            $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
                        CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON account DEFERRABLE INITIALLY DEFERRED
                            FOR EACH ROW EXECUTE FUNCTION hold();
                        """
                )
            }
            let attempts = Atomic<Int>(0)
            let task = Task {
                try await client.withTransaction { connection in
                    attempts.add(1, ordering: .relaxed)
                    try await connection.execute("UPDATE account SET amount = 0 WHERE id = 1")
                }
            }
            try await eventually {
                try await client.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'active' AND query = 'COMMIT'
                    """
                ).count == 1
            }
            let error = await #expect(throws: PostgresError.self) { try await task.value }
            #expect(error?.code == .commitOutcomeUnknown)
            #expect(error?.isRetriable == false)
            let count = attempts.load(ordering: .relaxed)
            #expect(count == 1)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    /// If the server rejects COMMIT, the outcome is known.
    @Test func reportsWhyCommitWasRejected() async throws {
        try await withTable { client in
            try await client.execute(
                "CREATE TABLE child (id int8 REFERENCES account DEFERRABLE INITIALLY DEFERRED)"
            )
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    try await connection.execute("INSERT INTO child VALUES (99)")
                }
            }
            #expect(error?.code == .server)
            #expect(error?.sqlState == .foreignKeyViolation)
        }
    }
}

/// Suspends tasks until a number of them has arrived. Later tasks pass.
private actor Barrier {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(parties: Int) {
        missing = parties
    }

    func arrive() async {
        missing -= 1
        guard missing > 0 else {
            for continuation in waiting { continuation.resume() }
            waiting = []
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }
}
