import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CopyChunksTests {
    private struct Failure: Error {}

    private static let numbers: PostgresQuery =
        "COPY (SELECT g FROM generate_series(1, 100000) g) TO STDOUT (FORMAT binary)"

    @Test(arguments: [1_000, 1_024, 99_999, 100_000, 100_001])
    func deliversEveryRowInOrder(chunkSize: Int) async throws {
        try await TestDatabase.withClient { client in
            let (sizes, numbers) = try await client.withConnection { connection in
                try await connection.withCopyOut(
                    Self.numbers,
                    chunkSize: chunkSize,
                    decode: { $1.append(try $0.read(Int32.self)) },
                    { chunks in
                        var sizes: [Int] = []
                        var numbers: [Int32] = []
                        for try await chunk in chunks {
                            sizes.append(chunk.count)
                            numbers += chunk
                        }
                        return (sizes, numbers)
                    }
                )
            }
            #expect(numbers == Array(1...100_000))
            #expect(sizes.dropLast().allSatisfy { $0 == chunkSize })
        }
    }

    @Test func skipsRowsThatDecodeToNil() async throws {
        try await TestDatabase.withClient { client in
            let numbers = try await read(client) { row, numbers in
                let number = try row.read(Int32.self)
                if number.isMultiple(of: 1_000) { numbers.append(number) }
            }
            #expect(numbers == (1...100).map { $0 * 1_000 })
        }
    }

    @Test func reportsServerErrors() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.withCopyOut(
                        "COPY (SELECT 1 / (5000 - g) FROM generate_series(1, 9000) g) TO STDOUT (FORMAT binary)",
                        chunkSize: 100,
                        decode: { $1.append(try $0.read(Int32.self)) },
                        { chunks in for try await _ in chunks {} }
                    )
                }
            }
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func reportsDecodingErrors() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            await #expect(throws: Failure.self) {
                try await read(client) { row, _ in
                    if try row.read(Int32.self) == 70_000 { throw Failure() }
                }
            }
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func releasesTheConnectionWhenTheReaderFails() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            // At the first chunk, the writer soon waits for room. At the last chunk, it may have finished.
            for failing in [1, 100] {
                await #expect(throws: Failure.self) {
                    try await client.withConnection { connection in
                        try await connection.withCopyOut(
                            Self.numbers,
                            chunkSize: 1_000,
                            decode: { $1.append(try $0.read(Int32.self)) },
                            { chunks in
                                var count = 0
                                for try await _ in chunks {
                                    count += 1
                                    if count == failing { throw Failure() }
                                }
                            }
                        )
                    }
                }
                let one = try await client.query("SELECT 1").single(Int.self)
                #expect(one == 1)
            }
        }
    }

    @Test func endsWhenItsTaskIsCancelled() async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            let (started, start) = AsyncStream<Void>.makeStream()
            await withThrowingTaskGroup { group in
                group.addTask {
                    try await client.withConnection { connection in
                        try await connection.withCopyOut(
                            "COPY (SELECT g, pg_sleep(g / 3000) FROM generate_series(1, 1000000) g) TO STDOUT (FORMAT binary)",
                            chunkSize: 1_000,
                            decode: { $1.append(try $0.read(Int32.self)) },
                            { chunks in
                                for try await _ in chunks { start.yield() }
                            }
                        )
                    }
                }
                for await _ in started.prefix(1) {}
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    private func read(
        _ client: PostgresClient,
        decode: @escaping @Sendable (inout PostgresCopyRow, inout [Int32]) throws -> Void
    ) async throws -> [Int32] {
        try await client.withConnection { connection in
            try await connection.withCopyOut(Self.numbers, chunkSize: 1_000, decode: decode) { chunks in
                var numbers: [Int32] = []
                for try await chunk in chunks { numbers += chunk }
                return numbers
            }
        }
    }
}
