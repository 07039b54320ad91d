import Geospatial
import HTTPServer
import JSON
import Models
import RESTTestSupport
import Testing

@testable import LocationProducer

/// A person all others have met.
private struct SomeMeetings: RecentMeetingSource {
    let all: [RecentMeeting]

    func meetings(of person: PersonID) async -> [RecentMeeting] {
        all.filter { $0.person.id != person }
    }
}

@Suite struct RecentMeetingTests {
    private static let answer = #"""
        [{"person":{"id":2,"first_name":"Bo","last_name":"Example","company_name":"Acme"},"start":"2026-05-04T09:00:00",
        "end":"2026-05-04T09:10:00.500000","duration":600.5,"closest_distance":0.5,"samples":61,"certainty":0.9,
        "significance":540,"place":{"longitude":"13.3777","latitude":"-52.5163"}},
        {"person":{"id":2,"first_name":"Bo","last_name":"Example","company_name":"Acme"},"end":"2026-05-04T09:20:00",
        "place":{"longitude":"0","latitude":"0"}},
        {"person":{"id":3,"first_name":" zoë","last_name":"","company_name":""},"end":"2026-05-04T09:30:00",
        "place":{"longitude":"1","latitude":"2"}},{"person":{"id":0}},{}]
        """#

    private static let location = #"{"_type":"location","lat":1,"lon":2,"tst":1700000000}"#
    private static let batch = #"{"locations":[]}"#

    @Test func areReadFromMeetings() throws {
        let meetings = try RecentMeeting.read(Array(Self.answer.utf8))
        #expect(meetings.map { $0.person.id.rawValue } == [2, 3])
        #expect(meetings.map { $0.place.latitude.description } == ["-52.5163", "2"])
        #expect(meetings.first?.time.description == "2026-05-04T09:10:00.500000")
        #expect(meetings.map { $0.person.details.initials } == ["BE", "Z?"])
        #expect(meetings.first?.person.details.fullName == "Bo Example")
    }

    @Test func ownTracksShowsThemAsFriends() async throws {
        let api = try Self.api()
        let headers: HTTPHeaders = ["Authorization": "Basic amFuZTpzZWNyZXQ="]
        let answer = try await api.send(.post, "/owntracks", headers: headers, body: Self.location)
        let first =
            #"{"_type":"location","tid":"BE","topic":"owntracks/person/2","lat":-52.5163,"lon":13.3777,"tst":1777885800}"#
        #expect(answer.text.hasPrefix("[\(first),"))
        let items = try #require(try answer.json.elements)
        #expect(items.map { $0["_type"]?.string } == ["location", "card", "location", "card"])
        #expect(items[1]["name"]?.string == "Bo Example")
        #expect(items[1]["topic"]?.string == "owntracks/person/2")
    }

    @Test func overlandShowsThemInALine() async throws {
        let headers: HTTPHeaders = ["Authorization": "Bearer secret"]
        let answer = try await Self.api().send(.post, "/overland", headers: headers, body: Self.batch)
        #expect(answer.text == #"{"result":"ok","geocode":{"full_name":"Met in the last hour: Bo Example,  zoë"}}"#)
    }

    @Test func requireAToken() async throws {
        let api = try Self.api()
        let mail = try await api.send(.post, "/owntracks?u=jane", body: Self.location)
        #expect(mail.text == "[]")
        let body = #"{"locations":[{"type":"Feature","geometry":null,"properties":{"device_id":"jane"}}]}"#
        #expect(try await api.send(.post, "/overland", body: body).text == #"{"result":"ok"}"#)
    }

    private static func api() throws -> APIUnderTest {
        try APIUnderTest(
            InMemoryQueue(),
            recentMeetings: SomeMeetings(all: try RecentMeeting.read(Array(answer.utf8)))
        )
    }
}
