import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

/// Nudges in the database: who learns of whom.
@Suite(.timeLimit(.minutes(10))) struct NudgeStoreTests {
    private static let (firstAlias, secondAlias) = (PersonID(stored: 1 << 30 | 2), PersonID(stored: 1 << 30 | 1))

    private func pair(_ first: Int32, _ second: Int32, event: Int32 = 1) throws -> NudgeStore.NearPair {
        NudgeStore.NearPair(
            try person(first),
            try person(second),
            aliases: (Self.firstAlias, Self.secondAlias),
            at: EventID(stored: event),
            aboutMetres: 20,
            lastMet: Timestamp(microseconds: start2026)
        )
    }

    /// Creates persons who agree to `nudge` and `meet`, and calls `body` with clients of the owner and of connection-service.
    private func withPersons(_ count: Int, _ body: (PostgresClient, PostgresClient) async throws -> Void) async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(count)
            for number in 1...Int32(count) {
                try await agree(number, [.nudge: true, .meet: true, .locate: true], in: owner)
            }
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_connection") { client in
                try await body(owner, client)
            }
        }
    }

    private func agree(_ number: Int32, _ changes: [ConsentPurpose: Bool], in owner: PostgresClient) async throws {
        #expect(try await ConsentStore(client: owner).change(changes, of: person(number)))
    }

    private func create(
        _ pair: NudgeStore.NearPair,
        limit: Int = 6,
        in client: PostgresClient
    ) async throws -> Bool {
        try await client.withConnection {
            try await NudgeStore.Writer(connection: $0).create(pair, seenSince: .now(), dailyLimit: limit)
        }
    }

    private func others(of number: Int32, in client: PostgresClient) async throws -> [PersonID]? {
        try await NudgeStore(client: client).current(of: person(number))?.map(\.other)
    }

    private func pairsOfToday(in client: PostgresClient) async throws -> [[Int32]] {
        try await client.withConnection {
            try await NudgeStore.Writer(connection: $0).pairsOfToday(at: EventID(stored: 1)).map {
                [$0.first.rawValue, $0.second.rawValue]
            }
        }
    }

    @Test func tellsBothOnceADay() async throws {
        try await withPersons(2) { owner, client in
            #expect(try await create(pair(1, 2), in: client))
            #expect(try await !create(pair(1, 2), in: client))
            let first = try #require(try await NudgeStore(client: client).current(of: person(1))?.first)
            #expect((first.other, first.aboutMetres) == (Self.firstAlias, 20))
            #expect(first.lastMet == Timestamp(microseconds: start2026).day)
            #expect(first.expiry.microseconds - first.time.microseconds == Int64(NudgeStore.lifetime * 1_000_000))
            #expect(try await others(of: 2, in: client) == [Self.secondAlias])
            #expect(try await pairsOfToday(in: client) == [[1, 2]])
            // On the next day again.
            try await owner.execute("UPDATE nudge SET day = day - 1")
            #expect(try await pairsOfToday(in: client).isEmpty)
            #expect(try await create(pair(1, 2), in: client))
        }
    }

    @Test func namesThoseWhoAgree() async throws {
        try await withPersons(2) { owner, client in
            try await agree(2, [.identify: true], in: owner)
            let push = PushStore(client: owner)
            for number: Int32 in [1, 2] { #expect(try await push.add("browser\(number)", of: person(number))) }
            #expect(try await create(pair(1, 2), in: client))
            let payloads = try await push.claim(limit: 2, for: 0).sorted { $0.subscription < $1.subscription }.map(
                \.payload
            )
            #expect(payloads.first?.contains(#""person_id": \#(Self.firstAlias.rawValue),"#) == true)
            #expect(payloads.last?.contains(#""person_id": \#(Self.secondAlias.rawValue),"#) == true)
            #expect(payloads.allSatisfy { $0.contains(#""about_metres": 20"#) && !$0.contains("name") })
            #expect(try await others(of: 1, in: client) == [try person(2)])
            #expect(try await others(of: 2, in: client) == [Self.secondAlias])
        }
    }

    /// What keeps two persons from learning of each other, before a nudge and after it.
    enum Refusal: String, CaseIterable {
        case withdrawnNudge, withdrawnMeet, withdrawnLocate, pause, forgottenTime, note, noteAboutUnnamed,
            declinedRequest, erasure

        func happen(in owner: PostgresClient) async throws {
            let (one, other) = (PersonID(stored: 1), PersonID(stored: 2))
            switch self {
            case .withdrawnNudge: _ = try await ConsentStore(client: owner).change([.nudge: false], of: other)
            case .withdrawnMeet: _ = try await ConsentStore(client: owner).change([.meet: false], of: one)
            case .withdrawnLocate: _ = try await ConsentStore(client: owner).change([.locate: false], of: other)
            case .pause: _ = try await PauseStore(client: owner).begin(other, minutes: nil)
            case .forgottenTime: _ = try await PauseStore(client: owner).forget(minutes: 15, of: other)
            case .note, .noteAboutUnnamed:
                let about = self == .note ? one : secondAlias
                let note = PersonNote(text: "", isStarred: false, isNotMet: true)
                _ = try await PersonNoteStore(client: owner).replace(note, about: about, of: other)
            case .declinedRequest:
                _ = try await ContactStore(client: owner).ask(other, by: one, isLimited: false)
                try await ContactStore(client: owner).end(one, by: other)
            case .erasure: _ = try await PersonStore(client: owner).erase(other)
            }
        }
    }

    @Test(arguments: Refusal.allCases) func tellsNeitherAfterARefusal(refusal: Refusal) async throws {
        try await withPersons(2) { owner, client in
            let push = PushStore(client: owner)
            for number: Int32 in [1, 2] { #expect(try await push.add("browser\(number)", of: person(number))) }
            #expect(try await create(pair(1, 2), in: client))
            #expect(try await push.claim(limit: 10, for: 0).count == 2)
            try await refusal.happen(in: owner)
            #expect(try await push.claim(limit: 10, for: 0).isEmpty)
            #expect(try await (others(of: 1, in: client) ?? []).isEmpty)
            #expect(try await (others(of: 2, in: client) ?? []).isEmpty)
            #expect(try await PersonalDataStore(client: client).nudges(of: person(1)).isEmpty)
            try await owner.execute("DELETE FROM nudge")
            // A forgotten time is over.
            #expect(try await create(pair(1, 2), in: client) == (refusal == .forgottenTime))
        }
    }

    @Test func tellsNothingToAPersonWithoutConsent() async throws {
        try await withPersons(3) { owner, client in
            try await agree(3, [.nudge: false], in: owner)
            #expect(try await !create(pair(1, 3), in: client))
            #expect(try await !create(pair(1, 2, event: 9), in: client))
            #expect(try await !create(pair(1, 9), in: client))
            #expect(try await others(of: 3, in: client) == nil)
            #expect(try await others(of: 9, in: client) == nil)
            #expect(try await others(of: 1, in: client) == [])
            #expect(try await owner.query("SELECT count(*) FROM nudge").single(Int.self) == 0)
        }
    }

    @Test func holdsTheLimitOfBothWhateverComesAtOnce() async throws {
        try await withPersons(20) { owner, client in
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for other in Int32(2)...20 { group.addTask { try await create(pair(1, other), limit: 3, in: client) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(created == 3)
            #expect(try await owner.query("SELECT count(*) FROM nudge").single(Int.self) == 6)
            #expect(try await others(of: 1, in: client)?.count == 3)
            #expect(try await !create(pair(2, 3), limit: 0, in: client))
        }
    }

    @Test func concurrentFindersTellAPairOnce() async throws {
        try await withPersons(2) { owner, client in
            let created = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await create(pair(1, 2), in: client) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(created == 1)
            #expect(try await owner.query("SELECT count(*) FROM nudge").single(Int.self) == 2)
        }
    }

    @Test func anExpiredNudgeIsNotTold() async throws {
        try await withPersons(2) { owner, client in
            #expect(try await create(pair(1, 2), in: client))
            try await owner.execute("UPDATE nudge SET expires_at = now()")
            #expect(try await others(of: 1, in: client) == [])
            #expect(try await PersonalDataStore(client: client).nudges(of: person(1)).count == 1)
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_person") { keeper in
                #expect(try await NudgeStore(client: keeper).removeOld() == 0)
                try await owner.execute("UPDATE nudge SET created_at = now() - interval '27 hours'")
                #expect(try await NudgeStore(client: keeper).removeOld() == 2)
            }
        }
    }

    @Test func reportsBothPersonsOfEachChange() async throws {
        try await withPersons(2) { owner, client in
            var changes = try NudgeStore(client: client).changes().makeAsyncIterator()
            #expect(await changes.next() == .missed)
            var reported: Set<Change<PersonID>> = []
            func next(_ count: Int) async {
                for _ in 0..<count { if let change = await changes.next() { reported.insert(change) } }
            }
            let both: Set<Change<PersonID>> = [.changed(try person(1)), .changed(try person(2))]
            #expect(try await create(pair(1, 2), in: client))
            await next(2)
            #expect(reported == both)
            reported = []
            try await agree(2, [.nudge: false], in: owner)
            await next(2)
            #expect(reported == both)
        }
    }

    @Test func electsOneFinder() async throws {
        try await withPersons(1) { _, client in
            let store = NudgeStore(client: client)
            let isElected = try await store.whileElected { _ in
                let isOtherElected = try await store.whileElected { _ in }
                #expect(!isOtherElected)
            }
            #expect(isElected)
        }
    }
}
