import Credentials
import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct PersonStoreTests {
    @Test func findsByPartsOfNamesAndCompanies() async throws {
        try await withMigratedDatabase { client in
            let store = PersonStore(client: client)
            for (first, last, company) in [
                ("Zoë", "Müller", "ACME 100%"), ("Taco", "Fargo", "Alpha Omega"), ("🦊", "O'Neil\\", "x_y"),
                ("Öykü", "Yılmaz", "Café Łódź"),
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
            #expect(try await found("oyku yilmaz") == [4])
            #expect(try await found("CAFE LODZ") == [4])
            #expect(try await found("Öykü") == [4])
            #expect(try await found("fárgo") == [2])
            // LIKE's special characters are plain text.
            #expect(try await found("%") == [1])
            #expect(try await found("_") == [3])
            #expect(try await found("\\") == [3])
            #expect(try await found("'; DROP TABLE person; --") == [])
            #expect(try await found(" ") == [1, 2, 3, 4])
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

    @Test func keepsAReceiptOfAnErasure() async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(2)
            _ = try await DeviceStore(client: owner).register(
                .random(),
                of: person(1),
                name: "",
                digest: DeviceToken.random().digest
            )
            let locations = try (0..<5 as Range<Int64>).map { try location($0, person: $0 < 3 ? 1 : 2, second: $0) }
            _ = try await LocationSink(client: owner).store(locations, from: 0, to: 5)
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_person") { client in
                let (store, code) = (PersonStore(client: client), ReceiptCode.random())
                #expect(try await store.receipt(code.digest) == nil)
                #expect(try await store.erase(person(1), receipt: code.digest))
                let receipt = try #require(try await store.receipt(code.digest))
                #expect([receipt.locations, receipt.devices, receipt.deadLetters, receipt.messages] == [3, 1, 0, 0])
                #expect(!receipt.isKafka)
                #expect(try await !store.erase(person(1), receipt: ReceiptCode.random().digest))
                #expect(try await store.erase(person(2)))
            }
        }
    }
}
