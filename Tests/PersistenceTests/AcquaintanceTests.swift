import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

/// The persons whose names an attendee has seen.
@Suite(.timeLimit(.minutes(10))) struct AcquaintanceTests {
    private func named(
        _ others: ClosedRange<Int32>,
        to viewer: Int32,
        _ limit: Int,
        in client: PostgresClient
    ) async throws -> [Int32] {
        let ids = try others.map { try person($0) }
        let found = try await PersonStore(client: client).persons(ids, namedTo: person(viewer), newInADay: limit)
        #expect(found.allSatisfy { $0.value == nil || $0.value?.id == $0.key })
        return found.compactMap { $0.value?.id.rawValue }.sorted()
    }

    @Test func namesTheSamePersonsAgainAndNewOnesOnAnotherDay() async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(9)
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_connection") { client in
                #expect(try await named(2...4, to: 1, 2, in: client) == [2, 3])
                #expect(try await named(2...9, to: 1, 2, in: client) == [2, 3])
                #expect(try await named(4...4, to: 1, 2, in: client).isEmpty)
                #expect(try await named(4...5, to: 2, 2, in: client) == [4, 5])
                try await owner.execute("UPDATE acquaintance SET named_on = named_on - 1")
                #expect(try await named(3...9, to: 1, 2, in: client) == [3, 4, 5])
                // A lower limit hides no one who was named.
                #expect(try await named(2...9, to: 1, 0, in: client) == [2, 3, 4, 5])
                // Neither unknown persons nor an unknown viewer.
                #expect(try await named(9...12, to: 3, 9, in: client) == [9])
                #expect(try await named(2...4, to: 99, 9, in: client).isEmpty)
            }
            #expect(try await PersonStore(client: owner).erase(person(3)))
            #expect(try await owner.query("SELECT count(*) FROM acquaintance").single(Int.self) == 5)
        }
    }

    @Test func holdsTheLimitWhateverComesAtOnce() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(41)
            let all = try await withThrowingTaskGroup(of: [Int32].self) { group in
                for start in stride(from: Int32(2), through: 38, by: 4) {
                    group.addTask { try await named(start...start + 3, to: 1, 10, in: client) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(all.count == 10 && Set(all).count == 10)
        }
    }

    @Test func forgetsAfterAMonth() async throws {
        try await withMigratedDatabase { owner in
            try await PersonStore(client: owner).createPersons(4)
            _ = try await named(2...4, to: 1, 9, in: owner)
            try await owner.execute("UPDATE acquaintance SET named_on = named_on - 29 - other_id")
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_person") { client in
                let removed = try await PersonStore(client: client).removeExpiredAcquaintances()
                #expect(removed == 3)
            }
            #expect(try await named(4...4, to: 1, 0, in: owner).isEmpty)
        }
    }
}
