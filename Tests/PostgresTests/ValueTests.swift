import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ValueTests {
    /// Sends a value as a parameter and reads it back.
    private func roundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(_ values: [Value]) async throws {
        try await TestDatabase.withClient { client in
            for value in values {
                let result = try await client.query("SELECT \(value), \(Value?.none)").single(Value.self, Value?.self)
                #expect(result.0 == value)
                #expect(result.1 == nil)
            }
        }
    }

    @Test func bindsIntegers() async throws {
        try await roundTrip([Int16.min, -1, 0, 1, .max])
        try await roundTrip([Int32.min, -1, 0, 1, .max])
        try await roundTrip([Int64.min, -1, 0, 1, .max])
        try await roundTrip([Int.min, -1, 0, 1, .max])
    }

    @Test func bindsBooleans() async throws {
        try await roundTrip([true, false])
    }

    @Test func bindsFloatingPoint() async throws {
        try await roundTrip([Float.leastNonzeroMagnitude, -0.1, 0, .greatestFiniteMagnitude, .infinity])
        try await roundTrip([Double.leastNonzeroMagnitude, -0.1, 0, .greatestFiniteMagnitude, -.infinity])
        try await TestDatabase.withClient { client in
            let value = try await client.query("SELECT \(Double.nan)").single(Double.self)
            #expect(value.isNaN)
        }
    }

    @Test func bindsText() async throws {
        try await roundTrip([
            "", "plain", "quote ' double \" back \\ dollar $1 $$", "'); DROP TABLE person; --", "żółć 👩‍👩‍👧‍👦 𝔘",
            String(repeating: "long ", count: 100_000),
        ])
    }

    @Test func bindsBytes() async throws {
        try await roundTrip([[UInt8](), [0], [0, 1, 255, 0], [UInt8](repeating: 7, count: 1_000_000)])
    }

    @Test func bindsArrays() async throws {
        try await roundTrip([[Int64](), [1], [.min, 0, .max]])
        try await roundTrip([[Int32](), [1, 2, 3]])
        try await roundTrip([[Int16](), [1, 2, 3]])
        try await roundTrip([[Double](), [0.5, .infinity]])
        try await roundTrip([[Float](), [0.5, -1]])
        try await roundTrip([[Bool](), [true, false]])
        try await roundTrip([[String](), ["", "NULL", "{a,b}", "\"quoted\""]])
        try await roundTrip([[[UInt8]](), [[1, 2], [], [0]]])
        try await roundTrip([[PostgresTimestamp](), [PostgresTimestamp(microsecondsSince1970: 1)]])
    }

    @Test func bindsTimestamps() async throws {
        try await roundTrip(
            [0, 1, -1, 946_684_800_000_000, 1_700_000_000_123_456, -210_866_803_200_000_000, 253_402_300_799_999_999]
                .map(PostgresTimestamp.init(microsecondsSince1970:))
        )
        try await TestDatabase.withClient { client in
            let text = try await client.query(
                "SELECT (\(PostgresTimestamp(microsecondsSince1970: 1_700_000_000_123_456)))::text"
            ).single(String.self)
            #expect(text == "2023-11-14 22:13:20.123456+00")
        }
    }

    @Test(arguments: ["infinity", "-infinity"])
    func rejectsInfiniteTimestamps(text: String) async throws {
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT (\(text)::text)::timestamptz AS moment")
            let error = #expect(throws: PostgresError.self) { try rows.single(PostgresTimestamp.self) }
            #expect(error?.code == .decoding)
            #expect(error?.columnName == "moment")
        }
    }

    @Test func rejectsTimestampsBeforeTheCalendar() async throws {
        try await TestDatabase.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT \(PostgresTimestamp(microsecondsSince1970: .min))")
            }
            #expect(error?.code == .invalidValue)
        }
    }

    @Test func widensIntegersButNeverNarrowsThem() async throws {
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT 1::int2 AS a, 2::int4 AS b, 3::int8 AS c")
            let widened = try rows.single(Int.self, Int.self, Int.self)
            #expect(widened == (1, 2, 3))
            let error = #expect(throws: PostgresError.self) { try rows.single(Int16.self, Int32.self, Int32.self) }
            #expect(error?.message == "Column \"c\" is bigint, which cannot be read as Int32.")
        }
    }

    enum Color: String, PostgresEncodable, PostgresDecodable {
        case red
        case green
    }

    @Test func bindsRawRepresentables() async throws {
        try await roundTrip([Color.red, .green])
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT 'blue' AS color")
            let error = #expect(throws: PostgresError.self) { try rows.single(Color.self) }
            #expect(error?.code == .decoding)
            #expect(error?.description.contains("blue") == false)
        }
    }

    @Test func readsTextualTypes() async throws {
        try await TestDatabase.withClient { client in
            try await client.execute("CREATE TYPE mood AS ENUM ('glad')")
            let row = try await client.query(
                """
                SELECT 'a'::varchar, 'b'::char(1), 'c'::name, '{"d": 1}'::json, '{"e": 1}'::jsonb, 'glad'::mood,
                    ARRAY['x', 'y']::varchar[]
                """
            ).single(
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                String.self,
                [String].self
            )
            #expect(row.0 == "a")
            #expect(row.1 == "b")
            #expect(row.2 == "c")
            #expect(row.3 == #"{"d": 1}"#)
            #expect(row.4 == #"{"e": 1}"#)
            #expect(row.5 == "glad")
            #expect(row.6 == ["x", "y"])
        }
    }

    @Test func namesTheNullColumn() async throws {
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT 1 AS a, NULL::text AS company")
            let error = #expect(throws: PostgresError.self) { try rows.single(Int.self, String.self) }
            #expect(error?.columnName == "company")
            #expect(error?.message.contains("NULL") == true)
        }
    }

    @Test func rejectsAWrongNumberOfColumns() async throws {
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT 1, 2")
            #expect(throws: PostgresError.self) { try rows.decode(Int.self) }
            #expect(throws: PostgresError.self) { try rows.decode(Int.self, Int.self, Int.self) }
        }
    }

    @Test func rejectsAnArrayOfAnotherType() async throws {
        try await TestDatabase.withClient { client in
            let rows = try await client.query("SELECT 5::int8 AS a, '{}'::text[] AS b, ARRAY[1, NULL] AS c")
            for column in 0..<3 {
                #expect(throws: PostgresError.self) { try rows.value([Int64].self, column: column, row: 0) }
            }
        }
    }

    @Test func readsExtensionTypesAsBytes() async throws {
        try await TestDatabase.withClient(.extensions) { client in
            let point = try await client.query("SELECT ST_SetSRID(ST_MakePoint(1, 2), 4326)").single([UInt8].self)
            // Extended well-known binary: byte order, type with the SRID flag, SRID, two doubles.
            #expect(point.count == 25)
            #expect(point.prefix(5) == [1, 1, 0, 0, 0x20])
        }
    }
}
