import Postgres
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct PoolTests {
    @Test func limitsTheNumberOfConnections() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 3) { client in
            let pids = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await client.query("SELECT pg_backend_pid() FROM pg_sleep(0.002)").single(Int.self)
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect((1...3).contains(pids.count))
            let counts = client.poolCounts
            #expect(counts.open <= 3)
            #expect(counts.leased == 0)
            #expect(counts.waiting == 0)
        }
    }

    @Test func failsAtTheDeadlineIfAllConnectionsAreInUse() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            try await client.withConnection { _ in
                let error = await #expect(throws: PostgresError.self) {
                    try await client.withConnection(acquireTimeout: .milliseconds(50)) { _ in }
                }
                #expect(error?.code == .acquireTimeout)
                #expect(error?.isRetriable == true)
                #expect(error?.isUnavailability == true)
            }
            #expect(client.poolCounts.waiting == 0)
        }
    }

    @Test func waitingEndsWhenTheTaskIsCancelled() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            try await client.withConnection { _ in
                let waiter = Task { try await client.query("SELECT 1") }
                try await eventually { client.poolCounts.waiting == 1 }
                waiter.cancel()
                await #expect(throws: CancellationError.self) { try await waiter.value }
                #expect(client.poolCounts.waiting == 0)
            }
        }
    }

    @Test func replacesConnectionsThatTheServerClosed() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 2) { client in
            let first = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            try await terminate(first)
            // The pool notices the dead connection before it runs a statement.
            let second = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(first != second)
        }
    }

    @Test func aStatementOnABrokenConnectionFails() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let error = try await client.withConnection { connection in
                let pid = try await connection.query("SELECT pg_backend_pid()").single(Int.self)
                try await terminate(pid)
                return await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.isRetriable == false)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func dropsAConnectionLeftInATransaction() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let first = try await client.withConnection { connection in
                try await connection.execute("BEGIN")
                return try await connection.query("SELECT pg_backend_pid()").single(Int.self)
            }
            let second = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(first != second)
        }
    }

    @Test func checksIdleConnectionsBeforeUse() async throws {
        try await TestDatabase.withClient(\.idleCheckInterval, .zero) { client in
            let first = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            let second = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(first == second)
        }
    }

    @Test func reportsWhyItCannotConnect() async throws {
        var configuration = try TestCluster.configuration()
        configuration.database = "there_is_no_such_database"
        configuration.acquireTimeout = .seconds(5)
        let client = PostgresClient(configuration: configuration)
        let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("does not exist") == true, "\(error?.message ?? "")")
        await client.close()
    }

    /// A former primary rejects writes after a failover; here a setting of the session causes the same error.
    @Test func closesAConnectionToAReadOnlyServer() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let first = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            try await client.execute("SET default_transaction_read_only = on")
            let error = await #expect(throws: PostgresError.self) { try await client.execute("CREATE TABLE t ()") }
            #expect(error?.isUnavailability == true)
            let second = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(first != second)
            try await client.execute("CREATE TABLE t ()")
        }
    }

    /// The test server has no certificate.
    @Test func neverFallsBackToPlainTextWhereTLSIsRequired() async throws {
        var configuration = try TestCluster.configuration()
        configuration.sslMode = .require
        configuration.acquireTimeout = .seconds(5)
        let client = PostgresClient(configuration: configuration)
        let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("SSL") == true, "\(error?.message ?? "")")
        await client.close()
    }

    @Test func hidesThePassword() {
        let configuration = PostgresConfiguration(user: "user", password: "xyzzy", database: "database")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("xyzzy"))
        }
    }

    @Test func rejectsWorkAfterClose() async throws {
        try await TestDatabase.withClient { client in
            try await client.query("SELECT 1")
            await client.close()
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            #expect(error?.code == .closed)
            #expect(client.poolCounts.open == 0)
        }
    }

    @Test func closeWaitsForRunningWork() async throws {
        try await TestDatabase.withClient { client in
            let isDone = Atomic<Bool>(false)
            let work = Task {
                try await client.withConnection { connection in
                    try await eventually { client.isClosed }
                    try await connection.query("SELECT 1")
                    isDone.store(true, ordering: .releasing)
                }
            }
            try await eventually { client.poolCounts.leased == 1 }
            await client.close()
            let wasDone = isDone.load(ordering: .acquiring)
            #expect(wasDone)
            try await work.value
        }
    }

    /// More concurrent sleeping statements than Swift's cooperative pool has threads.
    @Test func statementsDoNotBlockTheCooperativePool() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 24) { client in
            let sleepers = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 {
                        group.addTask { try await client.query("SELECT pg_sleep(60) /* cooperative */") }
                    }
                    try await group.waitForAll()
                }
            }
            try await eventually {
                try await client.query(
                    """
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
                        AND query LIKE '%/* cooperative */' AND pid <> pg_backend_pid()
                    """
                ).single(Int.self) == 20
            }
            sleepers.cancel()
            await #expect(throws: CancellationError.self) { try await sleepers.value }
        }
    }

    private func terminate(_ pid: Int) async throws {
        let administrator = PostgresClient(configuration: try TestCluster.configuration())
        try await administrator.query("SELECT pg_terminate_backend(\(Int32(pid)), 30000)")
        await administrator.close()
    }
}
