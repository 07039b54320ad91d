import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CopyTests {
    private struct Failure: Error {}

    private struct Row: Equatable {
        var id: Int64
        var small: Int16
        var count: Int32
        var ratio: Double
        var flag: Bool
        var moment: PostgresTimestamp
        var name: String?
        var data: [UInt8]

        init(_ id: Int64) {
            self.id = id
            small = Int16(truncatingIfNeeded: id)
            count = Int32(truncatingIfNeeded: id &* 1_000_003)
            ratio = Double(id) / 3
            flag = id % 2 == 0
            moment = PostgresTimestamp(microsecondsSince1970: id &* 1_000_001)
            name = id % 3 == 0 ? nil : "név \(id)"
            data = [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: Int(id % 20))
        }
    }

    private func withTable(_ body: (PostgresClient) async throws -> Void) async throws {
        try await TestDatabase.withClient(\.maximumConnections, 1) { client in
            try await client.execute(
                """
                CREATE TABLE t (id int8 PRIMARY KEY, small int2, count int4, ratio float8, flag bool,
                    moment timestamptz, name text, data bytea)
                """
            )
            try await body(client)
        }
    }

    private func insert(_ ids: ClosedRange<Int64>, _ client: PostgresClient) async throws -> Int {
        try await client.withConnection { connection in
            try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                for id in ids { try Self.write(Row(id), &writer) }
            }
        }
    }

    private static func write(_ row: Row, _ writer: inout PostgresCopyWriter) throws {
        try writer.beginRow(fieldCount: 8)
        try writer.write(row.id)
        try writer.write(row.small)
        try writer.write(row.count)
        try writer.write(row.ratio)
        try writer.write(row.flag)
        try writer.write(row.moment)
        if let name = row.name { try writer.write(name) } else { try writer.writeNull() }
        try writer.write(bytes: row.data)
    }

    private static func read(_ row: inout PostgresCopyRow) throws -> Row {
        var result = Row(try row.read(Int64.self))
        result.small = try row.read(Int16.self)
        result.count = try row.read(Int32.self)
        result.ratio = try row.read(Double.self)
        result.flag = try row.read(Bool.self)
        result.moment = try row.read(PostgresTimestamp.self)
        result.name = try text(&row)
        _ = try row.withBytes { bytes in result.data = bytes.withUnsafeBytes { [UInt8]($0) } }
        return result
    }

    private static func text(_ row: inout PostgresCopyRow) throws -> String? {
        var text = ""
        let isPresent = try row.withBytes { bytes in
            text = bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
        return isPresent ? text : nil
    }

    @Test func rowsRoundTrip() async throws {
        try await withTable { client in
            let inserted = try await insert(1...120_000, client)
            #expect(inserted == 120_000)
            let mismatches = try await client.withConnection { connection in
                try await connection.copyOut(
                    "COPY (SELECT * FROM t ORDER BY id) TO STDOUT (FORMAT binary)",
                    into: (next: Int64(1), wrong: 0)
                ) { state, row in
                    if try Self.read(&row) != Row(state.next) { state.wrong += 1 }
                    state.next += 1
                }
            }
            #expect(mismatches.next == 120_001)
            #expect(mismatches.wrong == 0)
            // The server agrees, without COPY.
            let sum = try await client.query("SELECT sum(count)::int8, count(name) FROM t").single(Int64.self, Int.self)
            #expect(sum.0 == (1...120_000).reduce(0) { $0 + Int64(Row($1).count) })
            #expect(sum.1 == 80_000)
        }
    }

    @Test func copiesZeroRows() async throws {
        try await withTable { client in
            try await client.withConnection { connection in
                let inserted = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { _ in }
                let read = try await connection.copyOut("COPY t TO STDOUT (FORMAT binary)", into: 0) { count, _ in
                    count += 1
                }
                #expect(inserted == 0)
                #expect(read == 0)
            }
        }
    }

    @Test func sendsValuesLargerThanTheBuffer() async throws {
        try await withTable { client in
            try await client.withConnection { connection in
                try await connection.copyIn("COPY t (id, data) FROM STDIN (FORMAT binary)") { writer in
                    for id in 1...3 {
                        try writer.beginRow(fieldCount: 2)
                        try writer.write(Int64(id))
                        try writer.write(bytes: [UInt8](repeating: 1, count: id * 1_000_000))
                    }
                }
            }
            let lengths = try await client.query("SELECT length(data) FROM t ORDER BY id").decode(Int.self)
            #expect(lengths == [1_000_000, 2_000_000, 3_000_000])
        }
    }

    @Test(arguments: [1, 100_000])
    func throwingAbortsTheCopyAndKeepsTheConnection(rows: Int) async throws {
        try await withTable { client in
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            await #expect(throws: Failure.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { writer in
                        for id in 1...rows { try Self.write(Row(Int64(id)), &writer) }
                        throw Failure()
                    }
                }
            }
            let after = try await client.query("SELECT pg_backend_pid(), (SELECT count(*) FROM t)").single(
                Int.self,
                Int.self
            )
            #expect(after == (before, 0))
        }
    }

    @Test func throwingWithinATransactionRollsItBack() async throws {
        try await withTable { client in
            await #expect(throws: Failure.self) {
                try await client.withTransaction { connection in
                    try await connection.execute("INSERT INTO t (id) VALUES (1)")
                    try await connection.copyIn("COPY t (id) FROM STDIN (FORMAT binary)") { _ in throw Failure() }
                }
            }
            let count = try await client.query("SELECT count(*) FROM t").single(Int.self)
            #expect(count == 0)
        }
    }

    @Test func reportsServerErrors() async throws {
        try await withTable { client in
            try await client.execute("INSERT INTO t (id) VALUES (60000)")
            let error = await #expect(throws: PostgresError.self) { try await insert(1...120_000, client) }
            #expect(error?.sqlState == .uniqueViolation)
            #expect(error?.constraintName == "t_pkey")
            let count = try await client.query("SELECT count(*) FROM t").single(Int.self)
            #expect(count == 1)
        }
    }

    @Test func rejectsRowsWithTooFewOrTooManyFields() async throws {
        try await withTable { client in
            let tooFew = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn("COPY t (id, small) FROM STDIN (FORMAT binary)") { writer in
                        try writer.beginRow(fieldCount: 2)
                        try writer.write(Int64(1))
                    }
                }
            }
            let tooMany = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn("COPY t (id) FROM STDIN (FORMAT binary)") { writer in
                        try writer.beginRow(fieldCount: 1)
                        try writer.write(Int64(1))
                        try writer.write(Int64(1))
                    }
                }
            }
            #expect(tooFew?.code == .misuse)
            #expect(tooMany?.code == .misuse)
        }
    }

    @Test func rejectsNULInText() async throws {
        try await withTable { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyIn("COPY t (name) FROM STDIN (FORMAT binary)") { writer in
                        try writer.beginRow(fieldCount: 1)
                        try writer.write("a\0b")
                    }
                }
            }
            #expect(error?.code == .invalidValue)
        }
    }

    @Test func rejectsStatementsOtherThanBinaryCopy() async throws {
        try await withTable { client in
            let statements: [PostgresQuery] = [
                "SELECT 1", "COPY t TO STDOUT (FORMAT binary)", "COPY t FROM STDIN WHERE id > \(5)",
                "COPY missing FROM STDIN",
            ]
            for statement in statements {
                await #expect(throws: PostgresError.self) {
                    try await client.withConnection { try await $0.copyIn(statement) { _ in } }
                }
            }
            let textual = await #expect(throws: PostgresError.self) {
                try await client.withConnection {
                    try await $0.copyOut("COPY (SELECT 1) TO STDOUT", into: ()) { _, _ in }
                }
            }
            #expect(textual?.code == .misuse)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func throwingFromCopyOutCancelsItAndKeepsTheConnection() async throws {
        try await withTable { client in
            let before = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            await #expect(throws: Failure.self) {
                try await client.withConnection { connection in
                    try await connection.copyOut(
                        "COPY (SELECT generate_series(1::int8, 1000000000)) TO STDOUT (FORMAT binary)",
                        into: 0
                    ) { count, row in
                        count += 1
                        if count == 5_000 { throw Failure() }
                    }
                }
            }
            let after = try await client.query("SELECT pg_backend_pid()").single(Int.self)
            #expect(before == after)
        }
    }

    @Test func cancellingTheTaskEndsCopyOut() async throws {
        try await withTable { client in
            let (started, continuation) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await client.withConnection { connection in
                    try await connection.copyOut(
                        "COPY (SELECT generate_series(1::int8, 1000000000)) TO STDOUT (FORMAT binary)",
                        into: 0
                    ) { count, row in
                        count += 1
                        if count == 1 { continuation.yield() }
                    }
                }
            }
            for await _ in started { break }
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func rejectsFieldsOfAnotherSize() async throws {
        try await withTable { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withConnection { connection in
                    try await connection.copyOut("COPY (SELECT 1::int4) TO STDOUT (FORMAT binary)", into: 0) {
                        sum,
                        row in
                        sum += Int(try row.read(Int64.self))
                    }
                }
            }
            #expect(error?.code == .decoding)
            #expect(error?.message.contains("Int64") == true)
        }
    }
}
