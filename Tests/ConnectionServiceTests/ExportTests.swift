import Access
import Archive
import Credentials
import Foundation
import HTTPServer
import JSON
import Models
import Observability
import Persistence
import RESTTestSupport
import ServiceRuntime
import Testing

@testable import ConnectionService
@testable import RESTAccess

@Suite struct ExportTests {
    private static let key = String(repeating: "5e", count: 32)

    /// Asks for the export with the identity of a session.
    private func export(_ person: Int32?, loggedInBefore seconds: Int64 = 0) async throws -> Answer {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(Self.key.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var reader = EnvironmentReader(["ACCESS": "enforce", "ACCESS_KEY_FILE": file.path()])
        let met = try meeting(of: 1, and: 2, at: 0) + meeting(of: 1, and: 3, at: 3_600)
        var router = Router()
        ExportRoutes(
            data: InMemoryPersonalData(),
            meetings: await InMemoryMeetings(met),
            inProgress: AnswersInProgress(
                MemoryShares(MemoryBound(bytes: 512 << 20)),
                streams: 1,
                streamsPerClient: 1
            ),
            views: LimitedViews(consents: { [:] }, pseudonyms: KeyedDigest(key: [1]))
        ).add(to: &router)
        router.guardAccess(
            by: try AccessGuard(
                AccessConfiguration(&reader),
                router.routes,
                describedBy: PackageResources.openapi_json,
                logger: .silent,
                metrics: MetricsRegistry()
            )
        )
        let api = try APIUnderTest(router, openAPI: PackageResources.openapi_json)
        guard let person else { return try await api.send(.get, "/api/me/export") }
        var identity = Identity(
            subject: "person:\(person)",
            roles: [.attendee],
            person: PersonID(rawValue: person)
        )
        let now = Timestamp.now()
        identity.authenticatedAt = Timestamp(microseconds: now.microseconds - seconds * 1_000_000)
        let header = try #require(
            IdentityHeader.make(
                identity,
                for: RequestTarget(method: "GET", path: "/api/me/export"),
                try ServiceKeys(text: Self.key),
                now: now
            )
        )
        return try await api.send(.get, "/api/me/export", headers: [HeaderName(IdentityHeader.name): header])
    }

    @Test func exportsEverythingOfAPerson() async throws {
        let answer = try await export(1)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Disposition"] == #"attachment; filename="udaconnect-1.zip""#)
        let files = try ZipArchive.files(in: answer.bytes, maximumFiles: 20, maximumBytes: 10 << 20)
        #expect(
            files.map(\.path) == [
                "README.txt", "person.json", "devices.json", "consents.json", "readings.json", "pauses.json",
                "nudges.json", "browsers.json", "contact.json", "notes.json", "contacts.json", "people.json",
                "locations.ndjson",
            ]
        )
        func json(_ path: String) throws -> JSONValue {
            try JSONValue(try #require(files.first { $0.path == path }).bytes)
        }
        #expect(try json("person.json")["id"]?.number == 1)
        #expect(try json("devices.json")[0]?["name"]?.string == "Phone")
        #expect(try json("consents.json")[0]?["given"] == .boolean(false))
        #expect(try json("readings.json")[0]?["count"]?.number == 3)
        #expect(try json("pauses.json")[0]?["until"]?.string == "2020-08-15T10:37:06")
        #expect(try json("nudges.json")[0]?["about_metres"]?.number == 20)
        #expect(try json("browsers.json")[0]?["push_service"]?.string == "https://push.example.org")
        #expect(try json("contact.json")["email"]?.string == "ada@example.org")
        #expect(try json("notes.json").elements?.count == InMemoryPersonalData.notes)
        #expect(try json("notes.json")[0]?["text"]?.string == "Note 1")
        #expect(try json("contacts.json")[0]?["contact"]?["phone"]?.string == "1")
        let lines = try #require(files.last).bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == InMemoryPersonalData.count)
        #expect(try JSONValue(Array(try #require(lines.last)))["id"]?.number == Double(InMemoryPersonalData.count))
    }

    @Test func asksForAFreshLogin() async throws {
        #expect(try await export(nil).status == 401)
        #expect(try await export(1, loggedInBefore: 301).status == 403)
        #expect(try await export(9).status == 404)
    }
}

/// A person's data in memory: more locations than a page has.
struct InMemoryPersonalData: PersonalDataRepository {
    static let count = 2_500
    /// More notes than are written at once.
    static let notes = 300

    private static let time = Timestamp(microseconds: 1_597_487_826_000_000)

    func devices(of person: PersonID) async throws -> [PersonalDataStore.RegisteredDevice] {
        [.init(number: .none, name: "Phone", creationTime: Self.time, lastSeen: nil)]
    }

    func consents(of person: PersonID) async throws -> [PersonalDataStore.ConsentChange] {
        [.init(purpose: "meet", isGiven: false, textVersion: 1, time: Self.time)]
    }

    func nudges(of person: PersonID) async throws -> [PersonalDataStore.ReceivedNudge] {
        [.init(time: Self.time, expiry: Self.time, aboutMetres: 20)]
    }

    func card(of person: PersonID) async throws -> ContactCard {
        ContactCard(email: "ada@example.org")
    }

    func contacts(of person: PersonID) async throws -> [ContactStore.Contact] {
        let other = Person(id: PersonID(stored: 2), details: PersonDetails(stored: "Bob", "B", "C"))
        return [.init(other: other, state: .connected, since: Self.time, card: ContactCard(phone: "1"))]
    }

    func notes(of person: PersonID) async throws -> [PersonNoteStore.StoredNote] {
        (1...Int32(Self.notes)).map { number in
            let note = PersonNote(text: "Note \(number)", isStarred: false, isNotMet: false)
            return PersonNoteStore.StoredNote(other: PersonID(stored: number), note: note, time: Self.time)
        }
    }

    func pauses(of person: PersonID) async throws -> [Pause] {
        [Pause(begins: Self.time, ends: Self.time)]
    }

    func pushSubscriptions(of person: PersonID) async throws -> [PushSubscription] {
        [PushSubscription(id: "0", origin: "https://push.example.org", createdAt: Self.time)]
    }

    func readings(of person: PersonID) async throws -> [DataReading] {
        [
            DataReading(
                day: Self.time.day,
                role: "organiser",
                event: nil,
                operation: "GET /api/persons/{id}",
                purpose: "Lost child",
                count: 3,
                lastTime: Self.time
            )
        ]
    }

    func locations(of person: PersonID, after last: Location?, limit: Int) async throws -> [Location] {
        let start = (last?.id.rawValue ?? 0) + 1
        return try (start..<start + Int64(limit)).prefix { $0 <= Int64(Self.count) }.map { try location($0) }
    }
}
