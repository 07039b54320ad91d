import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct StreamTests {
    private struct Failure: Error {}

    @Test func deliversEveryRow() async throws {
        try await TestDatabase.withClient { client in
            let sum = try await client.withConnection { connection in
                try await connection.forEachRow(
                    of: "SELECT n, 'row ' || n FROM generate_series(1::int8, \(50_000)) AS n",
                    into: (sum: 0, texts: 0)
                ) { state, row in
                    let (number, text) = try row.single(Int.self, String.self)
                    state.sum += number
                    state.texts += text == "row \(number)" ? 1 : 0
                }
            }
            #expect(sum.sum == 50_000 * 50_001 / 2)
            #expect(sum.texts == 50_000)
        }
    }

    @Test func throwingCancelsTheStatementAndKeepsTheConnection() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            await #expect(throws: Failure.self) {
                try await client.withConnection { connection in
                    try await connection.forEachRow(
                        of: "SELECT generate_series(1::int8, \(1_000_000_000))",
                        into: 0
                    ) { count, _ in
                        count += 1
                        if count == 3_000 { throw Failure() }
                    }
                }
            }
            let after = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(before == after)
        }
    }

    @Test func cancellingTheTaskEndsTheStream() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let (started, continuation) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await client.withConnection { connection in
                    try await connection.forEachRow(
                        of: "SELECT generate_series(1::int8, \(1_000_000_000))",
                        into: 0
                    ) { count, _ in
                        count += 1
                        if count == 1 { continuation.yield() }
                    }
                }
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func failsInTheMiddleOfTheRows() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.forEachRow(
                        of: "SELECT 1 / (5000 - n) FROM generate_series(1, 10000) AS n",
                        into: ()
                    ) { _, _ in }
                }
            }
            #expect(error?.sqlState?.rawValue == "22012")
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func pipelinesInOneTransaction() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            try await client.execute("CREATE TABLE t (id int8 PRIMARY KEY)")
            let results = try await client.withConnection { connection in
                try await connection.pipeline([
                    "INSERT INTO t SELECT generate_series(1, \(3))",
                    "SELECT count(*) FROM t",
                    "UPDATE t SET id = id + \(10)",
                ])
            }
            #expect(results.map(\.affectedRows) == [3, 1, 3])
            #expect(try results[1].single(Int.self) == 3)
            let error = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.pipeline([
                        "DELETE FROM t", "INSERT INTO t VALUES (\(1)), (\(1))", "SELECT \("not reached")",
                    ])
                }
            }
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.statement == "INSERT INTO t VALUES ($1), ($2)")
            let count = try await client.query("SELECT count(*) FROM t").single(Int.self)
            #expect(count == 3)
        }
    }

    /// More results and statements than the socket buffers hold: neither side may block the other.
    @Test func pipelinesMoreThanTheBuffersHold() async throws {
        try await TestDatabase.withClient { client in
            let text = String(repeating: "x", count: 100_000)
            let results = try await client.withConnection { connection in
                try await connection.pipeline((0..<200).map { "SELECT \($0), \(text)" })
            }
            for (index, result) in results.enumerated() {
                let (number, echo) = try result.single(Int.self, String.self)
                #expect(number == index)
                #expect(echo == text)
            }
            #expect(results.count == 200)
        }
    }

    @Test func pipelinesAnEmptyList() async throws {
        try await TestDatabase.withClient { client in
            let results = try await client.withConnection { try await $0.pipeline([]) }
            #expect(results.isEmpty)
        }
    }
}
