import Models
import Persistence
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct ImportStoreTests {
    private static func item(_ id: String, second: Int64 = 0) throws -> LocationImport {
        let start = Timestamp(microseconds: 1_777_888_800_000_000 + second * 1_000_000)
        return LocationImport(id: try #require(ImportID(id)), startedAt: start)
    }

    private func withStore(_ body: (ImportStore, PersonStore) async throws -> Void) async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(2)
            try await body(ImportStore(client: client), persons)
        }
    }

    @Test func keepsHowFarAnImportHasCome() async throws {
        try await withStore { store, _ in
            var item = try Self.item("tour")
            #expect(try await store.begin(item, of: try person(1)) == .begun)
            #expect(try await store.item(item.id, of: try person(1)) == item)
            item.state = .done
            item.format = .kml
            (item.bytes, item.accepted, item.rejected, item.skipped) = (5_000_000_000, 7, 1, 2)
            item.issues = [LocationImport.Issue(element: 3, offset: 99, detail: "Expected “a time”.")]
            item.updatedAt = Timestamp(microseconds: item.startedAt.microseconds + 5)
            #expect(try await store.note(item, of: try person(1), digest: [1, 2]))
            #expect(try await store.item(item.id, of: try person(1)) == item)
            #expect(try await store.imports(of: try person(1)) == [item])
            #expect(try await store.begin(item, of: try person(1)) == .done(item, digest: [1, 2]))
            // Ids are the person's own.
            #expect(try await store.item(item.id, of: try person(2)) == nil)
            #expect(try await store.begin(item, of: try person(2)) == .begun)
        }
    }

    @Test func beginsAgainWhatFailedOrShowsNoProgress() async throws {
        try await withStore { store, _ in
            var first = try Self.item("tour")
            #expect(try await store.begin(first, of: try person(1)) == .begun)
            #expect(try await store.begin(try Self.item("tour", second: 60), of: try person(1)) == .running)
            #expect(try await store.begin(try Self.item("tour", second: 61), of: try person(1)) == .begun)
            // The first attempt has lost its import.
            #expect(try await store.note(first, of: try person(1), digest: nil) == false)
            first = try Self.item("tour", second: 61)
            first.state = .failed
            first.failure = "The queue is full."
            first.accepted = 3
            #expect(try await store.note(first, of: try person(1), digest: nil))
            #expect(try await store.begin(try Self.item("tour", second: 62), of: try person(1)) == .begun)
            #expect(try await store.item(first.id, of: try person(1))?.accepted == 0)
        }
    }

    @Test func keepsTheLatestHundredOfAPerson() async throws {
        try await withStore { store, _ in
            for second in 0..<103 {
                let item = try Self.item("import-\(second)", second: Int64(second))
                #expect(try await store.begin(item, of: try person(1)) == .begun)
            }
            let kept = try #require(try await store.imports(of: try person(1)))
            #expect(kept.count == ImportStore.maximumPerPerson)
            #expect(kept.first?.id.text == "import-102")
            #expect(kept.last?.id.text == "import-3")
        }
    }

    @Test func importsEndWithTheirPerson() async throws {
        try await withStore { store, persons in
            let item = try Self.item("tour")
            #expect(try await store.begin(item, of: try person(1)) == .begun)
            #expect(try await store.imports(of: try person(2)) == [])
            #expect(try await persons.erase(try person(1)))
            #expect(try await store.note(item, of: try person(1), digest: nil) == false)
            #expect(try await store.imports(of: try person(1)) == nil)
            #expect(try await store.item(item.id, of: try person(1)) == nil)
            #expect(try await store.begin(item, of: try person(1)) == .noSuchPerson)
        }
    }
}
