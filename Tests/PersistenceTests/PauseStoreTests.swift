import Credentials
import Models
import Persistence
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct PauseStoreTests {
    @Test func beginsChangesAndEndsPauses() async throws {
        try await withMigratedDatabase { client in
            let (store, one) = (PauseStore(client: client), try person(1))
            try await PersonStore(client: client).createPersons(1)
            #expect(try await store.current(of: one) == .some(nil))
            #expect(try await store.begin(one, minutes: nil))
            let open = try #require(try await store.current(of: one) ?? nil)
            #expect(open.ends == nil)
            #expect(try await store.begin(one, minutes: 60))
            let limited = try #require(try await store.current(of: one) ?? nil)
            #expect(limited.begins == open.begins)
            #expect(limited.ends.map { $0.microseconds - open.begins.microseconds >= 3_600_000_000 } == true)
            #expect(try await store.end(one))
            #expect(try await store.end(one))
            #expect(try await store.current(of: one) == .some(nil))
            #expect(try await store.all()[one]?.count == 1)
            let unknown = try person(9)
            #expect(try await store.current(of: unknown) == nil)
            #expect(try await !store.begin(unknown, minutes: 1))
            #expect(try await !store.end(unknown))
            #expect(try await store.forget(minutes: 1, of: unknown) == nil)
        }
    }

    @Test func reportsPausesWithConsents() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            var changes = try ConsentStore(client: client).changes().makeAsyncIterator()
            #expect(await changes.next() == .missed)
            _ = try await PauseStore(client: client).begin(try person(1), minutes: nil)
            #expect(await changes.next() == .changed(try person(1)))
        }
    }

    @Test func keepsABoundedNumber() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            try await client.execute(
                """
                INSERT INTO pause (person_id, begins, ends)
                SELECT 1, now() - make_interval(mins => n), now() - make_interval(mins => n) FROM generate_series(1, 150) n
                """
            )
            #expect(try await PauseStore(client: client).begin(try person(1), minutes: 1))
            let pauses = try await PauseStore(client: client).all()[try person(1)]
            #expect(pauses?.count == PauseStore.maximumPerPerson)
        }
    }

    @Test func removesPausesAMonthAfterTheirEnd() async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(2)
            try await owner.execute(
                """
                INSERT INTO pause (person_id, begins, ends)
                SELECT 1, now() - make_interval(days => n + 1), now() - make_interval(days => n) FROM generate_series(29, 33) n
                """
            )
            try await owner.execute("INSERT INTO pause (person_id, begins) VALUES (2, now() - interval '90 days')")
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_person") { client in
                let store = PauseStore(client: client)
                #expect(try await store.removeExpired() == 4)
                #expect(try await store.removeExpired() == 0)
                let rest = try await store.all()
                #expect(rest.values.map(\.count) == [1, 1])
            }
        }
    }

    /// Ten minutes are forgotten: of the table, of hints, of the queue, and of what arrives later.
    @Test func forgetsTheLatestLocations() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            let (pauses, sink) = (PauseStore(client: client), LocationSink(client: client))
            let now = Timestamp.now()
            func recent(_ offset: Int64, of number: Int32, minutesAgo minutes: Int64) throws -> Location {
                let plain = try location(offset, person: number)
                let report = LocationReport(
                    personID: plain.report.personID,
                    coordinate: plain.report.coordinate,
                    creationTime: Timestamp(microseconds: now.microseconds - minutes * 60_000_000)
                )
                return Location(id: plain.id, report: report)
            }
            let old = try recent(0, of: 1, minutesAgo: 20)
            let others = try recent(2, of: 2, minutesAgo: 5)
            _ = try await sink.store([old, try recent(1, of: 1, minutesAgo: 5), others], from: 0, to: 3)
            // A block of the queue whose only message is person 1's: field 1 with the number 1.
            let partition = try await client.query("SELECT location_log_partition_of(1)").single(Int16.self)
            try await client.execute(
                """
                INSERT INTO location_log (partition, last_offset, message_count, appended_at, messages)
                VALUES (\(partition), 0, 1, now(), '\\x020801')
                """
            )
            try await client.execute(
                "UPDATE location_log_partition SET next_offset = 1 WHERE partition = \(partition)"
            )
            var reports = try pauses.forgettings().makeAsyncIterator()
            #expect(await reports.next() == .missed)

            #expect(try await pauses.forget(minutes: 10, of: try person(1)) == 1)
            #expect(try await LocationStore(client: client).trail(of: try person(1)) == [old])
            #expect(try await LocationStore(client: client).trail(of: try person(2)) == [others])
            let log = try await client.query("SELECT messages FROM location_log").single([UInt8].self)
            #expect(log == [0])
            guard case .changed(let time) = await reports.next() else {
                Issue.record("The time is not reported.")
                return
            }
            #expect(time.person == (try person(1)))
            #expect(abs(time.since.microseconds - now.microseconds + 600_000_000) < 60_000_000)

            let late = [try recent(3, of: 1, minutesAgo: 5), try recent(4, of: 1, minutesAgo: 30)]
            let outcome = try await sink.store(late, from: 3, to: 5)
            #expect(outcome == SinkOutcome(stored: 1, erased: 1))
            // The pause and the request report the time; then the message, which an index may have read from the queue.
            _ = await reports.next()
            guard case .changed(let pause) = await reports.next() else {
                Issue.record("The location of the pause is not reported.")
                return
            }
            #expect((pause.person, pause.since) == (time.person, time.since))
            let end = try #require(pause.until)
            #expect(end > late[0].report.creationTime)
        }
    }
}

/// Phones that their owners register with the codes of claims.
@Suite(.timeLimit(.minutes(10))) struct PhoneClaimTests {
    @Test func registersOnePhoneForEachClaim() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let (devices, claims) = (DeviceStore(client: client), ClaimStore(client: client))
            let (code, login) = (ClaimCode.random(), ClaimCode.random())
            _ = try await claims.create(code.digest, for: try person(1), .phone, by: "test")
            _ = try await claims.create(login.digest, for: try person(1), .login, by: "test")
            func register(_ code: ClaimCode, _ id: String) async throws -> DeviceStore.Registration? {
                try await devices.register(
                    try #require(DeviceID(id)),
                    byClaim: code.digest,
                    name: "",
                    digest: DeviceToken.random().digest,
                    isIDEnough: false
                ) { person in
                    var entry = AuditEntry(time: .now(), subject: "person:1", operation: "claim used: phone")
                    entry.person = person
                    return entry
                }
            }
            _ = try await devices.register(
                try #require(DeviceID("x")),
                of: try person(1),
                name: "",
                digest: DeviceToken.random().digest
            )
            // The claim stays open.
            #expect(try await register(code, "x") == .taken)
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<4 { group.addTask { try await register(code, "y\(number)") != nil } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == 1)
            #expect(try await register(login, "z") == nil)
            let audit = try await AuditStore(client: client).records(.all, after: nil, limit: 10)
            #expect(audit.map(\.entry.operation) == ["claim used: phone"])
            let owner = try person(1)
            #expect(audit.map(\.entry.person) == [owner])
            #expect(audit.allSatisfy { $0.isIntact })
            let known = try #require(try await devices.devices(of: try person(1))?.last)
            #expect(try await devices.device(known.id)?.isIDEnough == false)
            #expect(try await devices.device(try #require(DeviceID("x")))?.isIDEnough == true)
        }
    }
}
