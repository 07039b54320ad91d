import Credentials
import Models
import Persistence
import Postgres
import Testing

@Suite(.timeLimit(.minutes(10))) struct DeviceStoreTests {
    @Test func findsADeviceByNameAndByToken() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            let store = DeviceStore(client: client)
            let (id, digest) = (try device("phone.1"), DeviceToken("secret").digest)
            let outcome = try await store.register(id, of: try person(2), name: "Zoë's", digest: digest)
            guard case .registered(let registered) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let known = KnownDevice(id: id, personID: try person(2), digest: digest)
            #expect(try await store.device(id) == known)
            #expect(try await store.device(of: digest) == known)
            #expect(try await store.device(of: DeviceToken("other").digest) == nil)
            #expect(try await store.device(try device("phone.2")) == nil)
            #expect(try await store.devices(of: try person(2)) == [registered])
            #expect(try await store.devices(of: try person(1)) == [])
            #expect(try await store.devices(of: try person(3)) == nil)
        }
    }

    @Test func refusesNamesThatAreTakenAndPersonsThatAreNot() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let store = DeviceStore(client: client)
            let id = try device("x")
            _ = try await store.register(id, of: try person(1), name: "", digest: DeviceToken("1").digest)
            let again = try await store.register(id, of: try person(1), name: "", digest: DeviceToken("2").digest)
            #expect(again == .taken)
            let nobodys = try await store.register(
                try device("y"),
                of: try person(9),
                name: "",
                digest: DeviceToken("3").digest
            )
            #expect(nobodys == .noSuchPerson)
            #expect(try await store.remove(id, of: try person(2)) == false)
            #expect(try await store.remove(id, of: try person(1)))
            #expect(try await store.device(id) == nil)
        }
    }

    @Test func registersTenDevicesOfAPersonAndNoMoreEvenAtOnce() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let store = DeviceStore(client: client)
            let owner = try person(1)
            let outcomes = try await withThrowingTaskGroup(of: DeviceStore.Registration.self) { group in
                for number in 0..<14 {
                    let id = try device("phone.\(number)")
                    group.addTask {
                        try await store.register(id, of: owner, name: "", digest: DeviceToken("\(number)").digest)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == .tooMany } == 4)
            #expect(try await store.devices(of: owner)?.count == 10)
        }
    }

    @Test func tellsOfChangesAndOfThoseThatErasureBrings() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(1)
            let store = DeviceStore(client: client)
            var changes = try store.changes().makeAsyncIterator()
            #expect(await changes.next() == .missed)
            let (first, second) = (try device("first"), try device("second"))
            _ = try await store.register(first, of: try person(1), name: "", digest: DeviceToken("1").digest)
            #expect(await changes.next() == .changed(first))
            _ = try await store.register(second, of: try person(1), name: "", digest: DeviceToken("2").digest)
            #expect(await changes.next() == .changed(second))
            _ = try await store.remove(first, of: try person(1))
            #expect(await changes.next() == .changed(first))
            #expect(try await persons.erase(try person(1)))
            #expect(await changes.next() == .changed(second))
            #expect(try await store.device(second) == nil)
        }
    }

    private func device(_ text: String) throws -> DeviceID {
        try #require(DeviceID(text))
    }
}
