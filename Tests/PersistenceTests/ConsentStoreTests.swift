import Models
import Persistence
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConsentStoreTests {
    @Test func keepsTheTimeOfAConsentUntilItIsWithdrawn() async throws {
        try await withMigratedDatabase { client in
            let store = ConsentStore(client: client)
            try await PersonStore(client: client).createPersons(2)
            let one = try person(1)
            #expect(try await store.consents(of: one) == Consents())
            #expect(try await store.consents(of: try person(9)) == nil)
            #expect(try await store.change([.meet: true, .place: false], of: one))
            let first = try #require(try await store.consents(of: one)?.since[.meet])
            #expect(try await store.change([.meet: true, .identify: true], of: one))
            #expect(try await store.consents(of: one)?.since[.meet] == first)
            #expect(try await store.change([.meet: false], of: one))
            #expect(try await store.all() == [one: Consents(since: try await store.consents(of: one)?.since ?? [:])])
            #expect(try await store.consents(of: one)?.since[.meet] == nil)
            #expect(try await store.change([.meet: true], of: one))
            let again = try #require(try await store.consents(of: one)?.since[.meet])
            #expect(again > first)
            #expect(try await store.change([.meet: true], of: try person(9)) == false)
        }
    }

    @Test func listsOnlyPersonsOfTheDirectory() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(3)
            let search = PersonStore.Search(text: nil, isDirectory: true)
            #expect(try await persons.count(matching: search) == 0)
            _ = try await ConsentStore(client: client).change([.directory: true], of: try person(2))
            #expect(try await persons.persons(matching: search, after: nil, limit: 9).map(\.id) == [try person(2)])
            #expect(try await persons.count(matching: search) == 1)
        }
    }

    @Test func endsWithThePerson() async throws {
        try await withMigratedDatabase { client in
            let (persons, store) = (PersonStore(client: client), ConsentStore(client: client))
            try await persons.createPersons(1)
            _ = try await store.change([.meet: true], of: try person(1))
            _ = try await persons.erase(try person(1))
            #expect(try await store.all().isEmpty)
        }
    }
}
