import Foundation
import HTTPServer
import Models
import Presence
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct PeopleListTests {
    private static let path = "/api/persons/1/people"

    /// Person 1 meets person 2 twice at two places, person 3 once; person 4 is near and never met for long enough.
    private func repository() async throws -> InMemoryMeetings {
        var elsewhere: [Location] = []
        for sample in 0..<20 as Range<Int64> {
            for person in 1...2 as ClosedRange<Int32> {
                let (id, time) = (9_000 + sample * 10 + Int64(person), (10_000 + sample * 30) * 1_000_000)
                elsewhere.append(
                    try location(id, person: person, latitude: -106_500_000, after: time, accuracy: 3)
                )
            }
        }
        var stored = try meeting(of: 1, and: 2, at: 0, samples: 20) + elsewhere
        stored += try meeting(of: 1, and: 3, at: 20_000)
        stored += try meeting(of: 1, and: 4, at: 30_000, samples: 1)
        let ids = try (1...4).map { try #require(PersonID(rawValue: $0)) }
        let long = String(repeating: "Ünïted; ", count: 12)
        let persons = [
            someone(ids[0]), someone(ids[1], "Ana", "Sün", long), someone(ids[2], "Bo", "Li", "=Co"), someone(ids[3]),
        ]
        return await InMemoryMeetings(stored, persons: persons)
    }

    @Test func listsARowPerPerson() async throws {
        let answer = try await APIUnderTest(await repository()).send(.get, Self.path)
        #expect(answer.status == 200)
        #expect(answer.headers["X-Total-Count"] == "2")
        let rows = try #require(try answer.json.elements)
        #expect(rows.map { $0["person"]?["id"]?.number } == [2, 3])
        #expect(rows[0]["encounters"]?.number == 2)
        #expect(rows[0]["places"]?.number == 2)
        #expect(rows[1]["encounters"]?.number == 1)
        #expect(try #require(rows[0]["together"]?.number) > 1_000)
        #expect(try #require(rows[0]["probability"]?.number) > 0.9)
        #expect(rows[0]["first_encounter"]?.string?.hasPrefix("2020-08-15T10:3") == true)
        #expect(rows[0]["last_encounter"]?.string?.hasPrefix("2020-08-15T13:3") == true)
    }

    @Test(arguments: [
        ("name=ana", ["2"]), ("name=a%20S", ["2"]), ("name=LI", ["3"]), ("name=Taco", []), ("company=%3DCo", ["3"]),
        ("name=bo&company=%3DCo", ["3"]), ("name=ana&company=%3DCo", []), ("name=", ["2", "3"]),
    ])
    func findsPeopleByNameAndCompany(query: String, others: [String]) async throws {
        let answer = try await APIUnderTest(await repository())
            .send(.get, "\(Self.path)?\(query)", headers: ["Accept": "text/csv"])
        #expect(answer.headers["X-Total-Count"] == String(others.count))
        let rows = answer.text.split(separator: "\r\n").dropFirst()
        #expect(rows.compactMap { $0.split(separator: ",").first } == others.map { $0[...] })
    }

    @Test func writesCSV() async throws {
        let answer = try await APIUnderTest(await repository()).send(.get, Self.path, headers: ["Accept": "text/csv"])
        #expect(answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present")
        let lines = answer.text.split(separator: "\r\n")
        let names =
            "person_id,first_name,last_name,company_name,together,probability,encounters,places,first_encounter,"
            + "last_encounter,significance,attended,attended_seconds,attended_weight"
        #expect(lines.first == names[...])
        #expect(lines[2].hasPrefix("3,Bo,Li,'=Co,"))
        #expect(lines[2].split(separator: ",", omittingEmptySubsequences: false).count == 14)
    }

    @Test func writesVCards() async throws {
        let answer = try await APIUnderTest(await repository()).send(.get, Self.path, headers: ["Accept": "text/vcard"])
        #expect(answer.headers["Content-Type"] == "text/vcard; charset=utf-8")
        let text = answer.text
        #expect(
            text.components(separatedBy: "BEGIN:VCARD\r\nVERSION:4.0\r\nUID;VALUE=text:udaconnect-person-").count == 3
        )
        #expect(text.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 75 })
        let unfolded = text.replacing("\r\n ", with: "")
        #expect(unfolded.contains("\r\nFN:Ana Sün\r\nN:Sün;Ana;;;\r\nORG:Ünïted\\; Ünïted\\; "))
        #expect(unfolded.contains("\r\nNOTE:Met on 2020-08-15\\, "))
        #expect(text.hasSuffix("END:VCARD\r\n"))
    }

    @Test func comesInPages() async throws {
        let api = try APIUnderTest(await repository())
        let first = try await api.send(.get, "\(Self.path)?limit=1")
        #expect(try first.json.elements?.first?["person"]?["id"]?.number == 2)
        let link = try #require(first.headers["Link"])
        let second = try await api.send(.get, String(link.dropFirst().prefix { $0 != ">" }))
        #expect(try second.json.elements?.first?["person"]?["id"]?.number == 3)
        #expect(second.headers["Link"] == nil)
    }

    @Test func listsTheFormats() async throws {
        let answer = try await APIUnderTest(await repository())
            .send(.get, Self.path, headers: ["Accept": "application/geo+json"])
        #expect(answer.status == 406)
        #expect(try answer.errors == ["Accept": ["Expected application/json, text/csv or text/vcard."]])
    }
}
