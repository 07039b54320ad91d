import Foundation
import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

/// Visits, attendance, and what two persons attended together.
@Suite struct VisitTests {
    /// Persons 1 and 2 stay in the booth for ten minutes; person 3 comes there an hour later, person 1 as well.
    private static func api(hours: Range<Int64>? = nil) async throws -> APIUnderTest {
        let stored =
            try meeting(of: 1, and: 2, at: 0, samples: 20) + meeting(of: 1, and: 3, at: 3_600, samples: 20)
        let setup = try EventFixtures.setup(
            hours: hours,
            sessions: [(31, "Opening; keynote", 0..<600), (32, "Maps", 3_600..<10_000)]
        )
        return try APIUnderTest(await InMemoryMeetings(stored, events: [setup]))
    }

    @Test func listsAPersonsVisits() async throws {
        let answer = try await Self.api().send(.get, "/api/persons/1/visits")
        #expect(answer.status == 200)
        #expect(answer.headers["X-Total-Count"] == "4")
        let rows = try #require(try answer.json.elements)
        #expect(rows.map { $0["zone"]?["id"]?.number } == [11, 12, 11, 12])
        #expect(rows.map { $0["event_id"]?.number } == [2, 2, 2, 2])
        #expect(rows[1]["zone"]?["name"]?.string == "=Booth, 12")
        #expect(rows[1]["start"]?.string?.hasPrefix("2020-08-15T10:36:5") == true)
        #expect(rows[1]["sessions"]?.elements?.first?["title"]?.string == "Opening; keynote")
        #expect(rows[3]["sessions"]?.elements?.isEmpty == true)
    }

    @Test func visitsComeInPages() async throws {
        let api = try await Self.api()
        let first = try await api.send(.get, "/api/persons/1/visits?limit=3")
        let link = try #require(first.headers["Link"])
        let next = try #require(link.split(separator: ">").first?.dropFirst())
        let second = try await api.send(.get, String(next))
        #expect(try first.json.elements?.count == 3)
        #expect(try second.json.elements?.map { $0["zone"]?["id"]?.number } == [12])
        #expect(second.headers["Link"] == nil)
    }

    @Test func cutsVisitsAtTheEndsOfTheWindow() async throws {
        let path = "/api/persons/1/visits?from=2020-08-15T10:40:00Z&to=2020-08-15T10:42:00Z&event=2"
        let rows = try #require(try await Self.api().send(.get, path).json.elements)
        #expect(rows.map { $0["duration"]?.number } == [120, 120])
    }

    @Test func visitsOutsideOfTheOpeningHoursDoNotCount() async throws {
        let api = try await Self.api(hours: 9_000..<9_100)
        #expect(try await api.send(.get, "/api/persons/2/visits").json.elements?.isEmpty == true)
        #expect(try await api.send(.get, "/api/persons/3/visits").json.elements?.isEmpty == true)
        #expect(try await Self.api(hours: 7_000..<9_000).send(.get, "/api/persons/3/visits").json.elements?.count == 2)
    }

    @Test func writesVisitsAsCSV() async throws {
        let answer = try await Self.api()
            .send(.get, "/api/persons/2/visits", headers: ["Accept": "text/csv"])
        let lines = answer.text.split(separator: "\r\n")
        #expect(lines.first == "event_id,zone_id,zone_code,zone,kind,start,end,duration,probability,stays,sessions")
        #expect(lines.last?.hasPrefix(#"2,12,z12,"'=Booth, 12",booth,2020-08-15T10:36:5"#) == true)
        #expect(lines.last?.hasSuffix(",1,Opening; keynote") == true)
    }

    @Test func listsTheVisitorsOfAZone() async throws {
        let answer = try await Self.api().send(.get, "/api/events/2/zones/12/visits")
        #expect(try answer.json.elements?.map { $0["person"]?["id"]?.number } == [1, 2, 1, 3])
        #expect(try await Self.api().send(.get, "/api/events/2/zones/13/visits").json.elements?.isEmpty == true)
    }

    @Test func listsTheAttendeesOfASession() async throws {
        let api = try await Self.api()
        let answer = try await api.send(.get, "/api/events/2/sessions/31/attendance")
        #expect(try answer.json.elements?.map { $0["person"]?["id"]?.number } == [1, 2])
        #expect(try #require(try answer.json.elements?.first?["share"]?.number) > 0.9)
        let page = try await api.send(.get, "/api/events/2/sessions/31/attendance?limit=1&cursor=1")
        #expect(try page.json.elements?.map { $0["person"]?["id"]?.number } == [2])
        #expect(try await api.send(.get, "/api/events/2/sessions/32/attendance").json.elements?.isEmpty == true)
    }

    @Test(arguments: [
        "/api/persons/99/visits", "/api/persons/1/visits?event=7", "/api/events/7/zones/12/visits",
        "/api/events/2/zones/99/visits", "/api/events/7/sessions/31/attendance", "/api/events/2/sessions/99/attendance",
    ])
    func knowsWhatDoesNotExist(path: String) async throws {
        #expect(try await Self.api().send(.get, path).status == 404)
    }

    @Test func meetingsSayWhereAndDuringWhat() async throws {
        let rows = try #require(try await Self.api().send(.get, "/api/persons/1/encounters").json.elements)
        #expect(rows.count == 2)
        for row in rows {
            #expect(row["zones"]?.elements?.map { $0["name"]?.string } == ["=Booth, 12"])
        }
        let titles = rows.map { $0["sessions"]?.elements?.map { $0["title"]?.string } }
        #expect(Set(titles) == [["Opening; keynote"], ["Maps"]])
        let csv = try await Self.api().send(.get, "/api/persons/2/encounters", headers: ["Accept": "text/csv"])
        #expect(csv.text.hasSuffix(",\"'=Booth, 12\",Opening; keynote\r\n"))
        let features = try await Self.api()
            .send(.get, "/api/persons/2/encounters", headers: ["Accept": "application/geo+json"])
        let feature = try #require(try features.json["features"]?.elements?.first)
        #expect(feature["properties"]?["zones"]?.elements?.count == 1)
    }

    @Test func peopleSayWhatWasAttendedTogether() async throws {
        let rows = try #require(try await Self.api().send(.get, "/api/persons/1/people").json.elements)
        #expect(rows.count == 2)
        let two = try #require(rows.first { $0["person"]?["id"]?.number == 2 }?["attended"])
        #expect(two["sessions"]?.elements?.map { $0["title"]?.string } == ["Opening; keynote"])
        #expect(two["reason"]?.string?.hasPrefix("“Opening; keynote” together, ") == true)
        let three = try #require(rows.first { $0["person"]?["id"]?.number == 3 }?["attended"])
        #expect(three["session_count"]?.number == 0)
        #expect(three["zones"]?.elements?.map { $0["name"]?.string } == ["=Booth, 12", "Hall"])
        #expect(three["reason"]?.string?.hasPrefix("=Booth, 12 together, ") == true)
    }

    /// Person 1 meets person 2 at the venue, then person 3 elsewhere, and person 4 at the venue after the event.
    @Test(arguments: ["encounters", "people"])
    func limitsMeetingsToAnEvent(list: String) async throws {
        var stored = try meeting(of: 1, and: 2, at: 0, samples: 20) + meeting(of: 1, and: 4, at: 7_200, samples: 20)
        for sample in 0..<20 as Range<Int64> {
            for person in [1, 3] as [Int32] {
                let (id, time) = (9_000 + sample * 10 + Int64(person), (3_600 + sample * 30) * 1_000_000)
                stored.append(try location(id, person: person, latitude: -106_500_000, after: time, accuracy: 3))
            }
        }
        let setup = try EventFixtures.setup(hours: -60..<4_500, hasVenue: true)
        let api = try APIUnderTest(await InMemoryMeetings(stored, events: [setup]))
        let path = "/api/persons/1/\(list)"
        let all = try await api.send(.get, path).json.elements?.compactMap { $0["person"]?["id"]?.number }
        #expect(Set(all ?? []) == [2, 3, 4])
        let limited = try await api.send(.get, path + "?event=2").json.elements
        #expect(limited?.map { $0["person"]?["id"]?.number } == [2])
        #expect(try await api.send(.get, path + "?event=7").status == 404)
        let day = "/api/encounters?from=2020-08-15&to=2020-08-16"
        #expect(try await api.send(.get, day).text.split(separator: "\n").count == 3)
        #expect(try await api.send(.get, day + "&event=2").text.split(separator: "\n").count == 1)
        #expect(try await api.send(.get, day + "&event=7").status == 404)
    }

    /// Persons 1 and 2 are in the hall at the same time, 30 m apart.
    @Test func peopleWhoNeverMetAttendTogether() async throws {
        let stored = try (0..<20 as Range<Int64>).flatMap { sample -> [Location] in
            let time = sample * 30_000_000
            return [
                try location(100 + sample, person: 1, after: time, accuracy: 3),
                try location(200 + sample, person: 2, latitude: -106_574_800, after: time, accuracy: 3),
            ]
        }
        let api = try APIUnderTest(await InMemoryMeetings(stored, events: [EventFixtures.setup()]))
        #expect(try await api.send(.get, "/api/persons/1/people").json.elements?.isEmpty == true)
        let row = try #require(try await api.send(.get, "/api/persons/1/people?order=attended").json.elements?.first)
        #expect(row["person"]?["id"]?.number == 2)
        #expect(row["encounters"]?.number == 0)
        #expect(row["first_encounter"] == nil)
        #expect(row["attended"]?["reason"]?.string == "Hall together")
        let card =
            try await api
            .send(.get, "/api/persons/1/people?order=attended", headers: ["Accept": "text/vcard"])
        #expect(card.text.contains("NOTE:Hall together.\r\n"))
        #expect(try await api.send(.get, "/api/persons/1/people?order=luck").status == 400)
    }
}
