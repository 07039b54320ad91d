import Models
import Persistence
import Testing

@Suite(.timeLimit(.minutes(10))) struct PersonStoreTests {
    @Test func findsByPartsOfNamesAndCompanies() async throws {
        try await withMigratedDatabase { client in
            let store = PersonStore(client: client)
            for (first, last, company) in [
                ("Zoë", "Müller", "ACME 100%"), ("Taco", "Fargo", "Alpha Omega"), ("🦊", "O'Neil\\", "x_y"),
            ] {
                _ = try await store.create(PersonDetails(firstName: first, lastName: last, companyName: company))
            }
            func found(_ text: String) async throws -> [Int32] {
                let persons = try await store.persons(matching: .init(text: text), after: nil, limit: 10)
                #expect(try await store.count(matching: .init(text: text)) == persons.count)
                return persons.map(\.id.rawValue)
            }
            #expect(try await found("müll") == [1])
            #expect(try await found("acme zoë") == [1])
            #expect(try await found("fargo omega") == [2])
            #expect(try await found("🦊") == [3])
            // LIKE's special characters are plain text.
            #expect(try await found("%") == [1])
            #expect(try await found("_") == [3])
            #expect(try await found("\\") == [3])
            #expect(try await found("'; DROP TABLE person; --") == [])
            #expect(try await found(" ") == [1, 2, 3])
        }
    }

    @Test func pagesByNumber() async throws {
        try await withMigratedDatabase { client in
            let store = PersonStore(client: client)
            try await store.createPersons(5)
            let page = try await store.persons(matching: .init(text: nil), after: try person(2), limit: 2)
            #expect(page.map(\.id.rawValue) == [3, 4])
            #expect(try await store.count(matching: .init(text: nil)) == 5)
        }
    }

    @Test func replacesAndReadsOne() async throws {
        try await withMigratedDatabase { client in
            let store = PersonStore(client: client)
            try await store.createPersons(1)
            let details = try PersonDetails(firstName: "Zoë 🦊", lastName: "", companyName: "C")
            #expect(try await store.replace(Person(id: try person(1), details: details)))
            #expect(try await store.person(try person(1))?.details == details)
            #expect(try await !store.replace(Person(id: try person(2), details: details)))
            #expect(try await store.person(try person(2)) == nil)
        }
    }
}
