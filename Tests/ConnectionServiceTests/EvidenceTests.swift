import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct EvidenceTests {
    private static let path = "/api/persons/2/encounters/1/evidence"

    @Test func showsTheOverlapsInWords() async throws {
        let api = try APIUnderTest(await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0, samples: 20)))
        let answer = try await api.send(.get, "\(Self.path)?distance=2.5")
        #expect(answer.status == 200)
        let person = #","first_name":"Taco","last_name":"Fargo","company_name":"Alpha"}"#
        #expect(
            answer.text.hasPrefix(
                #"{"persons":[{"id":2\#(person),{"id":1\#(person)],"#
                    + #""rule":{"distance":2.5,"gap":300,"least":60,"probability":0.5},"encounters":[{"start":"#
            )
        )
        let json = try answer.json
        #expect(json["encounters"]?.elements?.count == 1)
        #expect(json["overlap_count"]?.number == 1)
        let overlap = try #require(json["overlaps"]?.elements?.first)
        let text = try #require(overlap["text"]?.string)
        #expect(text.hasPrefix("Both at one place from 10:37 to 10:46 UTC, less than 1 m apart, ± "))
        #expect(text.hasSuffix(" (20 and 20 fixes)."))
        #expect(overlap["kind"]?.string == "stays")
        #expect(overlap["encounter"]?.number == 0)
        #expect(overlap["own"]?["fixes"]?.number == 20)
        #expect(overlap["own"]?["place"]?["latitude"]?.string == "-10.65721")
    }

    @Test func explainsAMissingMeeting() async throws {
        let near = try meeting(of: 1, and: 3, at: 0, samples: 20)
        let beside = try (0..<20).map { sample in
            // 3.5 m to the north.
            try location(
                900 + sample,
                person: 2,
                latitude: -106_571_783,
                after: sample * 30_000_000,
                accuracy: 3
            )
        }
        let json = try await APIUnderTest(await InMemoryMeetings(near + beside)).send(.get, Self.path).json
        #expect(json["encounters"]?.elements == [])
        let overlap = try #require(json["overlaps"]?.elements?.first)
        #expect(overlap["encounter"] == .null)
        #expect(overlap["text"]?.string?.hasSuffix(": probably not within 2 m.") == true)
    }

    @Test func namesTheFixesThatTakeNoPart() async throws {
        let stored = try meeting(of: 1, and: 2, at: 0, samples: 20)
        let far = try location(5, person: 2, latitude: 100_000_000, after: 100_000_000, accuracy: 3)
        let json = try await APIUnderTest(await InMemoryMeetings(stored + [far])).send(.get, Self.path).json
        #expect(json["encounters"]?.elements?.count == 1)
        #expect(json["doubtful_count"]?.number == 1)
        let fix = try #require(json["doubtful"]?.elements?.first)
        #expect(fix["reason"]?.string == "impossible_speed")
        #expect(fix["person_id"]?.number == 2)
        #expect(fix["creation_time"]?.string == "2020-08-15T10:38:46")
    }

    @Test func limitsTheEntries() async throws {
        let stored = try (0..<5).flatMap { try meeting(of: 1, and: 2, at: $0 * 6_000) }
        let api = try APIUnderTest(await InMemoryMeetings(stored))
        for (query, count) in [("", 5), ("?limit=3", 3), ("?limit=1000", 5)] {
            let json = try await api.send(.get, Self.path + query).json
            #expect(json["overlaps"]?.elements?.count == count)
            #expect(json["overlap_count"]?.number == 5)
        }
    }
}
