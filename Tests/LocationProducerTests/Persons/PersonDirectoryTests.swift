import Models
import Postgres
import Synchronization
import Testing

@testable import LocationProducer

@Suite struct PersonDirectoryTests {
    private static func persons(_ numbers: [Int32]) throws -> [PersonID] {
        try numbers.map { try #require(PersonID(rawValue: $0)) }
    }

    @Test func looksUpMissingPersonsOfABatchAtOnce() async throws {
        let registry = InMemoryPersons(unknown: [9])
        let directory = PersonDirectory(registry: registry)
        directory.beginListening()
        let batch = try Self.persons([1, 1, 2, 9, 1, 9])
        for _ in 0..<2 { #expect(try await directory.unknown(among: batch) == Set(try Self.persons([9]))) }
        #expect(registry.asked == [[1, 2, 9], [9]])
        #expect(try await directory.unknown(among: try Self.persons([2, 1])).isEmpty)
        #expect(registry.asked.count == 2)
    }

    /// Creations are not reported, so unknown numbers must not be cached.
    @Test func findsANewPerson() async throws {
        let registry = InMemoryPersons(unknown: [9])
        let directory = PersonDirectory(registry: registry)
        directory.beginListening()
        let batch = try Self.persons([9])
        #expect(try await directory.unknown(among: batch).count == 1)
        registry.create(9)
        #expect(try await directory.unknown(among: batch).isEmpty)
    }

    @Test func evictsErasedPersonsAndCachesOnlyWhileListening() async throws {
        let registry = InMemoryPersons(unknown: [])
        let directory = PersonDirectory(registry: registry)
        let batch = try Self.persons([1])
        for _ in 0..<2 { _ = try await directory.unknown(among: batch) }
        #expect(registry.asked.count == 2)
        directory.beginListening()
        for _ in 0..<2 { _ = try await directory.unknown(among: batch) }
        #expect(registry.asked.count == 3)
        registry.erase(1)
        directory.forget(batch[0])
        #expect(try await directory.unknown(among: batch) == Set(batch))
    }

    /// With Kafka as the queue and no database, the consumer decides, and requests do not wait.
    @Test func acceptsAllPersonsWithoutTheDatabase() async throws {
        let registry = InMemoryPersons(
            unknown: [9],
            failure: PostgresError(.connectionFailed, "The server is unreachable.")
        )
        let clock = TestClock()
        let directory = PersonDirectory(registry: registry, now: { clock.now })
        let batch = try Self.persons([9])
        for _ in 0..<3 { #expect(try await directory.unknown(among: batch).isEmpty) }
        #expect(registry.asked.count == 1)
        clock.advance(by: .seconds(1))
        registry.fail(nil)
        #expect(try await directory.unknown(among: batch) == Set(batch))
    }

    /// Otherwise a flood of unknown persons would let some of them in.
    @Test func letsTheClientRetryWhileTheDatabaseIsBusy() async throws {
        let registry = InMemoryPersons(unknown: [9])
        let directory = PersonDirectory(registry: registry)
        directory.beginListening()
        _ = try await directory.unknown(among: try Self.persons([1]))
        registry.fail(PostgresError(.acquireTimeout, "Every connection is in use."))
        #expect(try await directory.unknown(among: try Self.persons([1])).isEmpty)
        let batch = try Self.persons([1, 9])
        await #expect(throws: PersonCheckOverload()) { try await directory.unknown(among: batch) }
    }
}

/// A clock that a test sets.
private final class TestClock: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { moment.withLock { $0 } }

    func advance(by time: Duration) {
        moment.withLock { $0 += time }
    }
}
