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
            let known = KnownDevice(id: id, personID: try person(2), number: DeviceNumber(stored: 1), digest: digest)
            #expect(try await store.device(id) == known)
            #expect(try await store.device(of: digest) == known)
            #expect(try await store.device(of: DeviceToken("other").digest) == nil)
            #expect(try await store.device(try device("phone.2")) == nil)
            #expect(try await store.devices(of: try person(2)) == [registered])
            #expect(try await store.devices(of: try person(1)) == [])
            #expect(try await store.devices(of: try person(3)) == nil)
        }
    }

    @Test func rejectsUsedIDsAndUnknownPersons() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let store = DeviceStore(client: client)
            let id = try device("x")
            _ = try await store.register(id, of: try person(1), name: "", digest: DeviceToken("1").digest)
            let again = try await store.register(id, of: try person(1), name: "", digest: DeviceToken("2").digest)
            #expect(again == .taken)
            let ofUnknown = try await store.register(
                try device("y"),
                of: try person(9),
                name: "",
                digest: DeviceToken("3").digest
            )
            #expect(ofUnknown == .noSuchPerson)
            #expect(try await store.remove(id, of: try person(2)) == false)
            #expect(try await store.remove(id, of: try person(1)))
            #expect(try await store.device(id) == nil)
        }
    }

    @Test func limitsDevicesPerPersonUnderConcurrency() async throws {
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

    @Test func numbersDevicesFromOne() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            let store = DeviceStore(client: client)
            func register(_ name: String, of number: Int32 = 1) async throws -> UInt8? {
                let digest = DeviceToken(name).digest
                let outcome = try await store.register(
                    try device(name),
                    of: try person(number),
                    name: "",
                    digest: digest
                )
                guard case .registered(let device) = outcome else { return nil }
                #expect(try await store.device(device.id)?.number == device.number)
                return device.number.rawValue
            }
            #expect(try await register("a") == 1)
            #expect(try await register("b") == 2)
            #expect(try await register("c", of: 2) == 1)
            #expect(try await store.remove(try device("a"), of: try person(1)))
            // A removed device's number is assigned again.
            #expect(try await register("d") == 1)
            #expect(try await register("e") == 3)
            let numbers = try await store.devices(of: try person(1))?.map(\.number.rawValue)
            #expect(numbers == [2, 1, 3])
        }
    }

    @Test func concurrentRegistrationsGetDifferentNumbers() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let store = DeviceStore(client: client)
            try await withThrowingTaskGroup { group in
                for index in 0..<8 {
                    group.addTask {
                        let digest = DeviceToken("\(index)").digest
                        _ = try await store.register(
                            try device("\(index)"),
                            of: try person(1),
                            name: "",
                            digest: digest
                        )
                    }
                }
                try await group.waitForAll()
            }
            let numbers = try await store.devices(of: try person(1))?.map { Int($0.number.rawValue) }
            #expect(numbers?.sorted() == Array(1...8))
        }
    }

    /// The previous version inserts devices without numbers.
    @Test func numbersDevicesOfOlderPrograms() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            try await client.execute(
                """
                INSERT INTO device (id, person_id, name, token_digest)
                SELECT 'p' || n, 1, '', decode(lpad(n::text, 64, '0'), 'hex') FROM generate_series(1, 257) n
                """
            )
            let numbers = try await DeviceStore(client: client).devices(of: try person(1))?.map(\.number)
            let expected = (1...255).compactMap { DeviceNumber(rawValue: $0) } + [.none, .none]
            #expect(numbers.map { Set($0) } == Set(expected))
            #expect(numbers?.count == 257)
        }
    }

    @Test func notifiesOfChangesAndErasures() async throws {
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
}

private func device(_ text: String) throws -> DeviceID {
    try #require(DeviceID(text))
}

@Suite(.timeLimit(.minutes(10))) struct DeviceStatusStoreTests {
    private func moment(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: start2026 + seconds * 1_000_000) }

    private func status(seen: Int64?, offset: Int64? = nil, refusal: (DeviceRefusal, Int64)? = nil) -> DeviceStatus {
        var status = DeviceStatus()
        status.lastSeen = seen.map(moment)
        status.clockOffset = offset
        status.refusal = refusal.map { DeviceStatus.Refusal(reason: $0.0, time: moment($0.1)) }
        return status
    }

    @Test func keepsTheLatestStatusOfSeveralProcesses() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let store = DeviceStore(client: client)
            let (id, other, owner) = (try #require(DeviceID("a")), try #require(DeviceID("b")), try person(1))
            _ = try await store.register(id, of: owner, name: "", digest: DeviceToken("1").digest)
            #expect(try await store.devices(of: owner)?.map(\.status) == [DeviceStatus()])
            // Unregistered devices are skipped.
            try await store.note([id: status(seen: 60, offset: -2_500), other: status(seen: 60)])
            #expect(try await store.devices(of: owner)?.map(\.status) == [status(seen: 60, offset: -2_500)])
            try await store.note([id: status(seen: nil, refusal: (.inFuture, 70))])
            try await store.note([id: status(seen: 50, refusal: (.noPlace, 40))])
            let expected = status(seen: 60, offset: -2_500, refusal: (.inFuture, 70))
            #expect(try await store.devices(of: owner)?.map(\.status) == [expected])
            #expect(try await store.remove(id, of: owner))
            #expect(try await client.query("SELECT count(*) FROM device_status").single(Int.self) == 0)
        }
    }
}
