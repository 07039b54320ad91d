import Geospatial
import Models
import Testing

@testable import Seed

@Suite struct LegacyDumpTests {
    /// Rows in the format of the legacy dump: both orders of latitude and longitude, and a quote in a name.
    private static let sql = """
        -- the reference's seed
        CREATE TABLE person (id SERIAL PRIMARY KEY, first_name VARCHAR NOT NULL);
        insert into public.person (id, first_name, last_name, company_name) values (5, 'Taco', 'O''Fargo', 'A & "B"');
        INSERT INTO person (company_name, id, first_name, last_name)
            VALUES ('x; y', 6, 'Zoë', ''), ('z', 9, 'Otto',
            'Spring');
        insert into public.location (id, person_id, coordinate, creation_time) values
            (29, 5, '010100000000ADF9F197925EC0FDA19927D7C64240', '2020-08-18 10:37:06.000000');
        insert into location (id, person_id, coordinate, creation_time)
            values (42, 6, '0101000000842FA75F7D874140CEEEDAEF9AA45AC0'::geometry, '2020-07-07 10:37:06.5');
        insert into other (id) values (1);
        """

    @Test func readsRowsOfBothTables() throws {
        var dump = LegacyDump()
        dump.read(Array(Self.sql.utf8), name: "seed.sql")
        #expect(dump.problems.isEmpty)
        #expect(dump.persons.map(\.id) == [5, 6, 9])
        #expect(dump.persons.map(\.details.lastName) == ["O'Fargo", "", "Spring"])
        #expect(dump.persons.map(\.details.companyName) == ["A & \"B\"", "x; y", "z"])
        #expect(dump.locations.map(\.personID) == [5, 6])
        #expect(
            dump.locations.map(\.creationTime.description) == ["2020-08-18T10:37:06", "2020-07-07T10:37:06.500000"]
        )
        #expect(dump.locations.map(\.line) == [8, 10])
        let coordinates = try dump.locations.map { try $0.point.legacyCoordinate() }
        #expect(coordinates.map(\.wereExchanged) == [true, false])
        #expect(coordinates[0].coordinate.latitude.description == "37.553441")
        #expect(coordinates[0].coordinate.longitude.description == "-122.290524")
        #expect(coordinates[1].coordinate.latitude.description == "35.0585136")
        #expect(coordinates[1].coordinate.longitude.description == "-106.5719566")
    }

    @Test func namesInvalidLines() {
        var dump = LegacyDump()
        dump.read(
            Array(
                """
                insert into person (id, first_name, last_name, company_name) values
                  ('one', 'A', 'B', 'C'),
                  (2, 'A', 'B');
                insert into location (id, person_id, coordinate, creation_time) values (1, 2, '00', '2020-01-01 00:00:00');
                insert into location (id, person_id, coordinate, creation_time) values
                  (1, 2, '010100000000ADF9F197925EC0FDA19927D7C64240', '2020-02-30 00:00:00');
                insert into person values (1);
                """.utf8
            ),
            name: "bad.sql"
        )
        #expect(dump.persons.isEmpty)
        #expect(dump.locations.isEmpty)
        #expect(
            dump.problems == [
                "bad.sql, line 2: no person",
                "bad.sql, line 3: 3 values for 4 columns",
                "bad.sql, line 4: no location",
                "bad.sql, line 6: no location",
                "bad.sql, line 7: expected a list of columns",
            ]
        )
    }

    @Test func reportsAnUnterminatedString() {
        var dump = LegacyDump()
        dump.read(Array("select 1;\ninsert into person (id) values ('x".utf8), name: "cut.sql")
        #expect(dump.problems == ["cut.sql, line 2: a string does not end"])
    }
}

@Suite struct WellKnownBinaryPointTests {
    @Test(arguments: [
        // From PostGIS: ST_Point(1.5, -2), the same with SRID 4326, and big-endian (ST_AsBinary(…, 'XDR')).
        "0101000000000000000000F83F00000000000000C0",
        "0101000020E6100000000000000000F83F00000000000000C0",
        "00000000013ff8000000000000c000000000000000",
    ])
    func readsEveryByteOrderAndSRID(hexadecimal: String) throws {
        let point = try #require(WellKnownBinaryPoint(hexadecimal: hexadecimal.utf8))
        #expect(point.x == 1.5)
        #expect(point.y == -2)
    }

    @Test(arguments: [
        "", "0", "01", "zz01000000000000000000F83F00000000000000C0",
        // Truncated, too long, an unknown byte order, a line, a point in three dimensions, an empty point.
        "0101000000000000000000F83F00000000000000", "0101000000000000000000F83F00000000000000C000",
        "0201000000000000000000F83F00000000000000C0", "0102000000000000000000F83F00000000000000C0",
        "0101000080000000000000F83F00000000000000C00000000000000000",
        "0101000000000000000000F87F000000000000F87F",
    ])
    func rejectsOtherValues(hexadecimal: String) {
        #expect(WellKnownBinaryPoint(hexadecimal: hexadecimal.utf8) == nil)
    }

    @Test func rejectsPointsOutOfRangeInBothOrders() throws {
        // ST_Point(91, 92) and ST_Point(-122, 1e9).
        let far = try #require(WellKnownBinaryPoint(hexadecimal: "01010000000000000000C056400000000000005740".utf8))
        #expect(throws: (any Error).self) { try far.legacyCoordinate() }
        let farther = try #require(WellKnownBinaryPoint(hexadecimal: "01010000000000000000805EC00000000065CDCD41".utf8))
        #expect(throws: (any Error).self) { try farther.legacyCoordinate() }
    }
}
