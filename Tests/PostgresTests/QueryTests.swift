import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct QueryTests {
    @Test func turnsValuesIntoParameters() {
        let name = "'; DROP TABLE person; --"
        let query: PostgresQuery = "SELECT * FROM person WHERE name = \(name) AND id > \(5)"
        #expect(query.sql == "SELECT * FROM person WHERE name = $1 AND id > $2")
        #expect(query.parameterCount == 2)
    }

    @Test func renumbersFragments() {
        let tail: PostgresQuery = "b = \(2) OR c = \("x") -- $1 stays"
        let none: PostgresQuery? = nil
        let query: PostgresQuery = "SELECT 1 WHERE a = \(1) AND (\(fragment: tail)) AND d = \(4)\(fragment: none)"
        #expect(query.sql == "SELECT 1 WHERE a = $1 AND (b = $2 OR c = $3 -- $1 stays) AND d = $4")
        #expect(query.parameterCount == 4)
        var nested: PostgresQuery = "SELECT \(0), "
        nested += query
        #expect(nested.sql == "SELECT $1, SELECT 1 WHERE a = $2 AND (b = $3 OR c = $4 -- $1 stays) AND d = $5")
    }

    @Test func renumbersBeyondNine() {
        var query = PostgresQuery()
        for number in 1...12 { query += "\(number), " }
        let outer: PostgresQuery = "\(true) \(fragment: query)"
        #expect(outer.sql == "$1 $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, ")
    }

    @Test func quotesIdentifiers() {
        let query: PostgresQuery = "\(identifier: "a\"b\0c")"
        #expect(query.sql == #""a""bc""#)
    }

    @Test(arguments: ["plain", "it's", #"back\slash"#, #"\'; DROP TABLE x; --"#, "$1 $$ é 👍", ""])
    func quotesLiterals(text: String) async throws {
        try await TestDatabase.withClient { client in
            let result = try await client.query("SELECT \(literal: text)").single(String.self)
            #expect(result == text)
        }
    }

    @Test func writesNumbersAndTimesAsLiterals() async throws {
        try await TestDatabase.withClient { client in
            for number in [Int64.min + 1, -5, 0, 7, .max] {
                let result = try await client.query("SELECT 0::int8 +\(literal: number)").single(Int64.self)
                #expect(result == number)
            }
            for microseconds: Int64 in [-1, 0, 1_700_000_000_123_456, -62_135_596_800_000_001] {
                let moment = PostgresTimestamp(microsecondsSince1970: microseconds)
                let result = try await client.query("SELECT \(literal: moment)").single(PostgresTimestamp.self)
                #expect(result == moment)
            }
        }
    }

    @Test(arguments: ["' OR '1'='1", "'; DROP TABLE person; --", "$1", "\\", "%", "Robert'); DROP TABLE person;--"])
    func injectionAttemptsRemainValues(attempt: String) async throws {
        try await TestDatabase.withClient { client in
            try await client.execute("CREATE TABLE person (id int8, name text)")
            try await client.execute("INSERT INTO person VALUES (1, 'ada')")
            #expect(try await client.query("SELECT id FROM person WHERE name = \(attempt)").isEmpty)
            try await client.execute("INSERT INTO person VALUES (2, \(attempt))")
            #expect(
                try await client.query("SELECT id FROM person WHERE name = \(attempt)").single(Int64.self) == 2
            )
        }
    }

    @Test func rejectsNULInTextBeforeSendingIt() async throws {
        try await TestDatabase.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT \("a\0b")")
            }
            #expect(error?.code == .invalidValue)
            #expect(error?.sqlState == nil)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }

    @Test func reportsAffectedRows() async throws {
        try await TestDatabase.withClient { client in
            let created = try await client.execute("CREATE TABLE t (id int8)")
            let inserted = try await client.execute("INSERT INTO t SELECT generate_series(1, 5)")
            let updated = try await client.execute("UPDATE t SET id = id + 10 WHERE id > \(3)")
            let deleted = try await client.execute("DELETE FROM t")
            #expect([created, inserted, updated, deleted] == [0, 5, 2, 5])
        }
    }

    @Test func runsScripts() async throws {
        try await TestDatabase.withClient { client in
            try await client.withConnection { connection in
                try await connection.execute(script: "CREATE TABLE a (id int8); CREATE TABLE b (id int8)")
                await #expect(throws: PostgresError.self) {
                    try await connection.execute(script: "INSERT INTO a VALUES (1); INSERT INTO missing VALUES (1)")
                }
            }
            let count = try await client.query("SELECT count(*) FROM a").single(Int.self)
            #expect(count == 0)
        }
    }

    @Test func rejectsCopyAsAnOrdinaryStatement() async throws {
        try await TestDatabase.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("COPY (SELECT 1) TO STDOUT")
            }
            #expect(error?.code == .misuse)
            let one = try await client.query("SELECT 1").single(Int.self)
            #expect(one == 1)
        }
    }
}
