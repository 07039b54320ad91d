import Access
import HTTPServer
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import TestSupport
import Testing

@testable import PersonService

/// Notes and contacts of three persons in a real database, asked as attendees.
@Suite(.timeLimit(.minutes(10))) struct ContactTests {
    private static func withAPI(_ body: (APIUnderTest, PostgresClient) async throws -> Void) async throws {
        try await TestDatabase.withClient(.tables) { client in
            let persons = PersonStore(client: client)
            for name in ["Ada", "Bob", "Eve"] {
                _ = try await persons.create(
                    PersonDetails(firstName: name, lastName: "Fargo", companyName: "Alpha, Inc")
                )
            }
            let routes = PersonRoutes(
                persons: persons,
                devices: DeviceStore(client: client),
                consents: ConsentStore(client: client),
                notes: PersonNoteStore(client: client),
                contacts: ContactStore(client: client),
                pauses: PauseStore(client: client),
                events: EventStore(client: client),
                addresses: PhoneAddresses(base: "https://event.example/", osmand: "http://event.example:30005"),
                isIDEnough: true,
                digest: nil,
                retention: RetentionTimes(kafka: .seconds(86_400), backups: .seconds(86_400))
            )
            var router = routes.router
            let grant = try #require(Permission.Grant("own limited"))
            router.requestGuard = { _, _ in
                GrantedAccess(
                    identity: Identity(subject: "attendee", roles: [.attendee]),
                    role: .attendee,
                    grant: grant
                )
            }
            try await body(try APIUnderTest(router, openAPI: PackageResources.openapi_json), client)
        }
    }

    /// Notes that an answer has named a person to another one.
    private static func name(_ other: Int32, to person: Int32, _ client: PostgresClient) async throws {
        let ids = [PersonID(stored: other)]
        _ = try await PersonStore(client: client).persons(ids, namedTo: PersonID(stored: person), newInADay: 9)
    }

    @Test func keepsNotesForTheirWriterOnly() async throws {
        try await Self.withAPI { api, client in
            let path = "/api/persons/1/notes"
            let note = try await api.send(.put, "\(path)/2", body: #"{"text": "Slides!\nTea?", "starred": true}"#)
            #expect(try note.json["text"]?.string == "Slides!\nTea?")
            // The number of an unnamed person.
            #expect(try await api.send(.put, "\(path)/1073741825", body: #"{"not_met": true}"#).status == 200)
            let list = try #require(try await api.send(.get, path).json.elements)
            #expect(list.map { $0["person_id"]?.number } == [1_073_741_825, 2])
            #expect(try await api.send(.get, "/api/persons/2/notes").json.elements?.isEmpty == true)
            #expect(try await api.send(.put, "\(path)/1073741825", body: "{}").status == 204)
            _ = try await PersonStore(client: client).erase(PersonID(stored: 2))
            #expect(try await api.send(.get, path).json.elements?.isEmpty == true)
        }
    }

    @Test func namesWhatIsWrongWithANoteOrACard() async throws {
        try await Self.withAPI { api, _ in
            let long = String(repeating: "a", count: 2_001)
            let note = try await api.send(
                .put,
                "/api/persons/1/notes/2",
                body: #"{"text": "\#(long)", "starred": 1, "x": 0}"#
            )
            #expect(note.status == 400)
            #expect(try Set(note.errors.keys) == ["/text", "/starred", "/x"])
            let card = #"{"email": "ada", "phone": "call", "url": "javascript:alert(1)", "job_title": "a\u202eb"}"#
            let answer = try await api.send(.put, "/api/persons/1/contact", body: card)
            #expect(try Set(answer.errors.keys) == ["/email", "/phone", "/url", "/job_title"])
            #expect(try await api.send(.get, "/api/persons/1/contact").text == "{}")
            #expect(try await api.send(.get, "/api/persons/9/contact").status == 404)
            #expect(try await api.send(.put, "/api/persons/9/notes/1", body: #"{"text": "a"}"#).status == 404)
        }
    }

    @Test func showsCardsOnceBothAgree() async throws {
        try await Self.withAPI { api, client in
            let card = #"{"email": "bob@example.org", "phone": "+49 30 123", "job_title": "Baker; cook"}"#
            #expect(try await api.send(.put, "/api/persons/2/contact", body: card).status == 200)
            // Without a consent, the answer is that for a number of no person.
            let hidden = try await api.send(.put, "/api/persons/1/contacts/2")
            let missing = try await api.send(.put, "/api/persons/1/contacts/9")
            #expect([hidden.status, missing.status] == [404, 404])
            #expect(try await api.send(.put, "/api/persons/1/contacts/1").status == 409)
            _ = try await ConsentStore(client: client).change([.identify: true], of: PersonID(stored: 2))
            // Only those who met the person see the name.
            #expect(try await api.send(.put, "/api/persons/1/contacts/2").status == 404)
            try await Self.name(2, to: 1, client)
            #expect(try await api.send(.put, "/api/persons/1/contacts/2").json["state"]?.string == "asked")
            let received = try #require(try await api.send(.get, "/api/persons/2/contacts").json.elements)
            #expect(received.map { $0["first_name"]?.string } == ["Ada"] && received[0]["state"]?.string == "received")
            let vCard: HTTPHeaders = ["Accept": "text/vcard"]
            #expect(try await api.send(.get, "/api/persons/1/contacts/2", headers: vCard).status == 404)
            // Who has only asked is not in the file.
            #expect(try await api.send(.get, "/api/persons/1/contacts", headers: vCard).text.isEmpty)
            let agreed = try await api.send(.put, "/api/persons/2/contacts/1")
            #expect(try agreed.json["state"]?.string == "connected")
            let text = try await api.send(.get, "/api/persons/1/contacts/2", headers: vCard).text
            #expect(
                text.contains("FN:Bob Fargo\r\nN:Fargo;Bob;;;\r\nORG:Alpha\\, Inc\r\nTITLE:Baker\\; cook\r\nEMAIL:bob@")
            )
            #expect(try await api.send(.get, "/api/persons/1/contacts", headers: vCard).text == text)
            #expect(try await api.send(.get, "/api/persons/3/contacts/2").status == 404)
            #expect(try await api.send(.delete, "/api/persons/2/contacts/1").status == 204)
            #expect(try await api.send(.get, "/api/persons/1/contacts").json.elements?.isEmpty == true)
        }
    }

    @Test func aDeclinedRequestLooksUnanswered() async throws {
        try await Self.withAPI { api, client in
            _ = try await ConsentStore(client: client).change([.directory: true], of: PersonID(stored: 2))
            _ = try await api.send(.put, "/api/persons/1/contacts/2")
            #expect(try await api.send(.delete, "/api/persons/2/contacts/1").status == 204)
            for _ in 0..<2 {
                #expect(try await api.send(.put, "/api/persons/1/contacts/2").json["state"]?.string == "asked")
                #expect(try await api.send(.get, "/api/persons/2/contacts").json.elements?.isEmpty == true)
                // Withdrawing does not make room for another request.
                _ = try await api.send(.delete, "/api/persons/1/contacts/2")
            }
            // The other one may still agree.
            #expect(try await api.send(.put, "/api/persons/2/contacts/1").json["state"]?.string == "connected")
            _ = try await PersonStore(client: client).erase(PersonID(stored: 2))
            #expect(try await api.send(.get, "/api/persons/1/contacts").json.elements?.isEmpty == true)
        }
    }

    @Test func twoWhoAskAtOnceAreConnected() async throws {
        try await Self.withAPI { api, client in
            for person: Int32 in [1, 2] {
                _ = try await ConsentStore(client: client).change([.identify: true], of: PersonID(stored: person))
                try await Self.name(3 - person, to: person, client)
            }
            async let first = api.send(.put, "/api/persons/1/contacts/2")
            async let second = api.send(.put, "/api/persons/2/contacts/1")
            #expect(try await [first.status, second.status] == [200, 200])
            let found = try await api.send(.get, "/api/persons/1/contacts/2")
            #expect(try found.json["state"]?.string == "connected")
        }
    }
}
