import HTTPServer
import Models
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct EventRoutesTests {
    private static let fair = """
        {"name":"Fair","time_zone":"Europe/Madrid","opening_hours":[{"opens":"2026-05-05T09:00:00+02:00",\
        "closes":"2026-05-05T19:00:00+02:00"},{"opens":"2026-05-04T07:00:00Z","closes":"2026-05-04T17:00:00Z"}],\
        "venue":\(square(0)),"retention_days":30}
        """

    @Test func returnsTheEventThatWasAdded() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        let created = try await api.send(.post, "/api/events", body: Self.fair)
        #expect(created.status == 201)
        #expect(created.headers["Location"] == "/api/events/2")
        let expected = """
            {"id":2,"name":"Fair","time_zone":"Europe/Madrid","opening_hours":[{"opens":"2026-05-04T07:00:00Z",\
            "closes":"2026-05-04T17:00:00Z"},{"opens":"2026-05-05T07:00:00Z","closes":"2026-05-05T17:00:00Z"}],\
            "venue":\(square(0)),"retention_days":30}
            """
        #expect(created.text == expected)
        #expect(try await api.send(.get, "/api/events/2").text == expected)
        // What was read can be sent back.
        #expect(try await api.send(.put, "/api/events/2", body: expected).text == expected)
        #expect(try await api.send(.get, "/api/events").json.elements?.count == 2)
    }

    @Test func keepsTheFirstEvent() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        #expect(try await api.send(.delete, "/api/events/1").status == 409)
        #expect(try await api.send(.put, "/api/events/1", body: #"{"name":"Ours"}"#).status == 200)
        #expect(
            try await api.send(.get, "/api/events/1").text == """
                {"id":1,"name":"Ours","time_zone":"UTC","opening_hours":[],"venue":null,"retention_days":null}
                """
        )
    }

    @Test func removesAnEvent() async throws {
        let api = try APIUnderTest(InMemoryEvents())
        _ = try await api.send(.post, "/api/events", body: #"{"name":"Fair"}"#)
        #expect(try await api.send(.delete, "/api/events/2").status == 204)
        for path in ["/api/events/2", "/api/events/2/plan", "/api/events/2/programme"] {
            #expect(try await api.send(.get, path).status == 404)
        }
        #expect(try await api.send(.delete, "/api/events/2").status == 404)
        #expect(try await api.send(.put, "/api/events/2", body: #"{"name":"Fair"}"#).status == 404)
    }

    @Test(arguments: [
        (#"{}"#, "/name", "Expected the event's name."),
        (#"{"name":""}"#, "/name", "Expected text of 1 to 255 characters."),
        (
            #"{"name":"a","time_zone":"Mars/Base"}"#, "/time_zone",
            "Expected the name of a time zone in the IANA database, such as Europe/Madrid."
        ),
        (
            #"{"name":"a","opening_hours":[{"opens":"9 o'clock","closes":"2026-05-04T17:00:00Z"}]}"#,
            "/opening_hours/0",
            "Expected opens and closes, both times in ISO 8601 such as 2026-05-04T09:00:00+02:00."
        ),
        (
            #"{"name":"a","opening_hours":[{"opens":"2026-05-04T17:00:00Z","closes":"2026-05-04T17:00:00Z"}]}"#,
            "/opening_hours/0", "Expected closes after opens, by at most 31 days."
        ),
        (
            """
            {"name":"a","opening_hours":[{"opens":"2026-05-04T12:00:00Z","closes":"2026-05-04T17:00:00Z"},\
            {"opens":"2026-05-04T07:00:00Z","closes":"2026-05-04T12:00:01Z"}]}
            """, "/opening_hours/0", "Expected opening hours that do not overlap."
        ),
        (
            #"{"name":"a","retention_days":0}"#, "/retention_days",
            "Expected a number of days from 1 to 36500, or null."
        ),
        (
            #"{"name":"a","venue":{"type":"Point","coordinates":[2,41]}}"#, "/venue",
            "Expected a geometry of the type Polygon or MultiPolygon with coordinates."
        ),
        (
            #"{"name":"a","colour":"red"}"#, "/colour",
            "Expected name, time_zone, opening_hours, venue or retention_days."
        ),
    ])
    func namesEachInvalidMember(body: String, pointer: String, detail: String) async throws {
        let answer = try await APIUnderTest(InMemoryEvents()).send(.post, "/api/events", body: body)
        #expect(answer.status == 422)
        #expect(try answer.errors == [pointer: [detail]])
    }
}
