import Credentials
import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct PersonalDataStoreTests {
    /// connection-service has the rights for all of it, but sees no credentials.
    @Test func readsWhatAPersonMayExport() async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(2)
            let one = try person(1)
            _ = try await DeviceStore(client: owner).register(
                .random(),
                of: one,
                name: "Phone",
                digest: DeviceToken.random().digest
            )
            _ = try await ConsentStore(client: owner).change([.meet: true], of: one)
            _ = try await ConsentStore(client: owner).change([.meet: false], of: one)
            let locations = try (0..<5 as Range<Int64>).map { try location($0, second: $0 * 60) }
            _ = try await LocationSink(client: owner).store(locations, from: 0, to: 5)
            try await owner.execute("UPDATE location SET altitude = 34")
            try await readAudit(owner)
            try await writeNotesAndContacts(owner)
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_connection") { client in
                let store = PersonalDataStore(client: client)
                #expect(try await store.devices(of: one).map(\.name) == ["Phone"])
                #expect(try await store.consents(of: one).map(\.isGiven) == [false])
                let first = try await store.locations(of: one, after: nil, limit: 3)
                let rest = try await store.locations(of: one, after: first.last, limit: 3)
                #expect((first + rest).map(\.id) == locations.map(\.id))
                #expect(first.first?.report.telemetry[.altitude] == 34)
                #expect(try await store.notes(of: one).map(\.note.text) == ["Speaks Esperanto"])
                #expect(try await store.card(of: one).email == "one@example.org")
                #expect(try await store.card(of: person(2)) == ContactCard())
                let contact = try #require(try await store.contacts(of: one).first)
                #expect(contact.other.id == (try person(2)) && contact.state == .received)
                #expect(try await store.pauses(of: one).map { $0.ends != nil } == [true, false])
                #expect(try await store.pushSubscriptions(of: one).map(\.origin) == ["https://push.example.org"])
                let readings = try await store.readings(of: one)
                #expect(readings.map(\.count) == [2, 1])
                #expect(readings.map(\.role) == ["organiser", "operator"])
                #expect(readings.map(\.purpose) == ["Lost child", nil])
                #expect(try await store.readings(of: person(2)).isEmpty)
            }
        }
    }

    private func writeNotesAndContacts(_ owner: PostgresClient) async throws {
        let (one, two) = (try person(1), try person(2))
        let note = PersonNote(text: "Speaks Esperanto", isStarred: false, isNotMet: false)
        _ = try await PersonNoteStore(client: owner).replace(note, about: two, of: one)
        let contacts = ContactStore(client: owner)
        _ = try await contacts.replace(ContactCard(email: "one@example.org"), of: one)
        _ = try await contacts.ask(one, by: two, isLimited: false)
        _ = try await PushStore(client: owner).add("a", of: one)
        let pauses = PauseStore(client: owner)
        _ = try await pauses.begin(one, minutes: 1)
        _ = try await pauses.end(one)
        _ = try await pauses.begin(one, minutes: nil)
    }

    private func readAudit(_ owner: PostgresClient) async throws {
        let store = AuditStore(client: owner)
        let time = Timestamp(microseconds: 1_900_000_000_000_000)
        let acts: [(String, String?, String?, String, Int64)] = [
            ("command", nil, nil, "granted", 0), ("person:2", "organiser", "Lost child", "granted", 1),
            ("person:3", "organiser", "Lost child", "granted", 2), ("person:1", "attendee", nil, "granted", 3),
            ("person:2", "organiser", "Lost child", "denied: event", 4),
        ]
        var last = AuditStore.origin
        for (index, (subject, role, purpose, decision, seconds)) in acts.enumerated() {
            var entry = AuditEntry(
                time: Timestamp(microseconds: time.microseconds + seconds * 1_000_000),
                subject: subject,
                operation: "GET /api/persons/{id}",
                decision: decision
            )
            (entry.role, entry.purpose, entry.person) = (role, purpose, try person(1))
            let record = AuditRecord(entry, writer: "writer", number: Int64(index + 1), after: last)
            try await store.append(record)
            last = record.digest
        }
    }
}
