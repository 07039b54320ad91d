import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import ConnectionService

@Suite struct EvidenceTests {
    private static let path = "/api/persons/2/encounters/1/evidence"

    @Test func showsThePairsAndWhatBecameOfThem() async throws {
        let stored = [
            try location(29, person: 1), try location(30, person: 2, latitude: -106_572_000, after: 4_500_000),
            try location(31, person: 2, latitude: -106_570_000, after: 100_000_000),
        ]
        let answer = try await APIUnderTest(InMemoryEncounters(stored)).send(.get, "\(Self.path)?distance=2.5")
        #expect(answer.status == 200)
        let person = #","first_name":"Taco","last_name":"Fargo","company_name":"Alpha"}"#
        #expect(
            answer.text == #"{"persons":[{"id":2\#(person),{"id":1\#(person)],"#
                + #""rule":{"distance":2.5,"leaving_distance":3.75,"within":60,"gap":300},"#
                + #""encounters":[{"start":"2020-08-15T10:37:10.500000","end":"2020-08-15T10:37:10.500000","duration":0,"#
                + #""closest_distance":1.106,"samples":1,"certainty":1,"significance":1,"#
                + #""place":{"longitude":"35.058","latitude":"-10.657205"}}],"sample_count":1,"is_cut":false,"#
                + #""samples":[{"verdict":"enters","encounter":0,"distance":1.106,"time_apart":-4.5,"#
                + #""own":{"id":30,"person_id":2,"longitude":"35.058","latitude":"-10.6572","#
                + #""creation_time":"2020-08-15T10:37:10.500000"},"#
                + #""other":{"id":29,"person_id":1,"longitude":"35.058","latitude":"-10.65721","#
                + #""creation_time":"2020-08-15T10:37:06"}}]}"#
        )
    }

    @Test func saysWhyThereIsNoMeeting() async throws {
        let stored = [
            try location(29, person: 1), try location(30, person: 2, latitude: -106_570_000, after: 1_000_000),
            try location(31, person: 2, after: 100_000_000),
        ]
        let answer = try await APIUnderTest(InMemoryEncounters(stored)).send(.get, Self.path)
        let samples = try answer.json["samples"]?.elements
        #expect(try answer.json["encounters"]?.elements == [])
        #expect(samples?.map { $0["verdict"]?.string } == ["beyond_leaving_distance", "too_far_apart_in_time"])
        #expect(samples?.map { $0["encounter"] } == [.null, .null])
    }

    @Test func showsNoMoreThanAsked() async throws {
        let api = try APIUnderTest(InMemoryEncounters(meeting(of: 1, and: 2, at: 0, samples: 20)))
        for (query, count) in [("", 100), ("?limit=3", 3), ("?limit=1000", 400)] {
            let json = try await api.send(.get, Self.path + query + (query.isEmpty ? "?" : "&") + "within=300").json
            #expect(json["samples"]?.elements?.count == count)
            #expect(json["sample_count"]?.number == 400)
            #expect(json["is_cut"] == .boolean(count < 400))
        }
    }
}
