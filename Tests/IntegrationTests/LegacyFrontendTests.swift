import Foundation
import JSON
import Postgres
import TestSupport
import Testing

/// The requests of the legacy frontend, on a migrated legacy database.
@Suite(.timeLimit(.minutes(10))) struct LegacyFrontendTests {
    @Test func findsItsPersonsAndConnections() async throws {
        try await withServices(onReferenceDatabaseWith: Self.referenceRows) { services in
            // The frontend first lists the persons, and maps over the array.
            let list = try await services.send("GET", "/api/persons", to: services.person)
            #expect(list.status == 200)
            #expect(
                list.body == #"[{"id":1,"first_name":"Ada","last_name":"L","company_name":"X"},"#
                    + #"{"id":5,"first_name":"Bob","last_name":"M","company_name":"Y & Co"},"#
                    + #"{"id":9,"first_name":"Di","last_name":"O","company_name":"W"}]"#
            )
            // Then it requests a year of connections for each person.
            func connections(_ id: Int) async throws -> String {
                let path = "/api/persons/\(id)/connection?start_date=2020-01-01&end_date=2020-12-30&distance=5"
                let answer = try await services.send("GET", path, to: services.connection)
                #expect(answer.status == 200)
                return answer.body
            }
            // Each of the two repeated rows once, however many own locations it is close to.
            #expect(
                try await connections(5) == #"[{"location":{"id":36,"person_id":1,"longitude":"-122.290883","#
                    + #""latitude":"37.55363","creation_time":"2020-07-07T10:37:06"},"person":{"id":1,"#
                    + #""first_name":"Ada","last_name":"L","company_name":"X"}},"#
                    + #"{"location":{"id":37,"person_id":1,"longitude":"-122.290883","latitude":"37.55363","#
                    + #""creation_time":"2020-07-07T10:37:06"},"person":{"id":1,"first_name":"Ada","last_name":"L","#
                    + #""company_name":"X"}}]"#
            )
            let ofOne = try await connections(1)
            #expect(ofOne.matches(of: /"location":\{"id":(\d+)/).map { String($0.1) } == ["57", "66"])
            #expect(ofOne.contains(#""creation_time":"2020-07-07T10:37:06.250000""#))
            #expect(try await connections(9) == "[]")
        }
    }

    @Test func addsPersonsAndReadsLocations() async throws {
        try await withServices(onReferenceDatabaseWith: Self.referenceRows) { services in
            // The legacy seed never advanced its sequence, so this request failed the first time.
            #expect(try await services.createPerson("New") == 10)
            let location = try await services.send("GET", "/api/locations/42", to: services.connection)
            #expect(
                location.body == #"{"id":42,"person_id":9,"longitude":"-106.5788","latitude":"35.058564","#
                    + #""creation_time":"2020-07-07T10:37:06"}"#
            )
            let wrong = try await services.send(
                "POST",
                "/api/persons",
                to: services.person,
                json: #"{"first_name": 1, "last_name": "x", "company_name": "y"}"#
            )
            #expect(wrong.status == 400)
            #expect(wrong.body.contains(#""schema_errors":{"first_name":["Not a valid string."]}"#))
        }
    }

    private static let referenceRows: StaticString = """
        INSERT INTO person (id, first_name, last_name, company_name)
        VALUES (5, 'Bob', 'M', 'Y & Co'), (1, 'Ada', 'L', 'X'), (9, 'Di', 'O', 'W');
        INSERT INTO location (id, person_id, coordinate, creation_time) VALUES
            (36, 1, ST_Point(-122.290883, 37.55363), '2020-07-07 10:37:06'),
            (37, 1, ST_Point(-122.290883, 37.55363), '2020-07-07 10:37:06'),
            (42, 9, ST_Point(35.058564, -106.5788), '2020-07-07 10:37:06'),
            (54, 9, ST_Point(-122.290883, 37.55363), '2019-07-07 10:37:06'),
            (57, 5, ST_Point(-122.290883, 37.55363), '2020-07-07 10:37:06.25'),
            (66, 5, ST_Point(-122.290883, 37.55367), '2020-12-30 23:59:59');
        """
}
