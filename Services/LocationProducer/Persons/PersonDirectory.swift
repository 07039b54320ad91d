import Models
import Persistence
import Postgres
import Synchronization

/// Looks up which persons exist.
protocol PersonRegistry: Sendable {
    /// Returns those of some persons who exist.
    func existing(of persons: Set<PersonID>) async throws -> Set<PersonID>
}

extension PersonStore: PersonRegistry {}

/// Finds locations whose person does not exist, before the queue takes them.
protocol PersonCheck: Sendable {
    /// Returns the persons who do not exist among those of some locations.
    ///
    /// - Throws: ``PersonCheckOverload`` if the client should retry later.
    func unknown(among persons: [PersonID]) async throws(PersonCheckOverload) -> Set<PersonID>
}

/// More persons have to be looked up than the database can answer for in time.
struct PersonCheckOverload: Error, Equatable {}

/// Knows which persons exist: those that were looked up are kept in memory, in bounded number, until they are erased.
///
/// Only existing persons are kept. An unknown number may be assigned at any moment, and the first location of that person
/// must not be refused. So each batch with unknown numbers costs one lookup for all of them. Nothing is kept unless the
/// database reports erasures.
///
/// Where the database cannot be asked, every person counts as existing: location-consumer decides. That is the case with
/// Kafka as the queue while PostgreSQL is away.
final class PersonDirectory<Registry: PersonRegistry>: PersonCheck, ReportedCache {
    /// The most persons that are kept; about 16 bytes each.
    static var capacity: Int { 500_000 }
    /// The pause after a failed lookup, in which the database is not asked.
    private static var pause: Duration { .seconds(1) }

    private struct State {
        var known: Set<PersonID> = []
        /// Increases with each erasure: an answer of before an erasure is not kept.
        var version = 0
        var isListening = false
        /// Before this moment the database is not asked again.
        var retryAt: ContinuousClock.Instant?
    }

    private let registry: Registry
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - registry: where persons are looked up.
    ///   - now: the clock.
    init(registry: Registry, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.registry = registry
        self.now = now
    }

    /// O(the number of persons), under one lock, if all of them are kept; otherwise with one statement.
    func unknown(among persons: [PersonID]) async throws(PersonCheckOverload) -> Set<PersonID> {
        let (missing, version, mayAsk) = state.withLock { state in
            var missing: Set<PersonID> = []
            var last: PersonID?
            for person in persons where person != last {
                if !state.known.contains(person) { missing.insert(person) }
                last = person
            }
            return (missing, state.version, state.retryAt.map { now() >= $0 } ?? true)
        }
        guard !missing.isEmpty, mayAsk else { return [] }
        let existing: Set<PersonID>
        do {
            existing = try await registry.existing(of: missing)
        } catch {
            try refuseOrTrust(error)
            return []
        }
        state.withLock { state in
            state.retryAt = nil
            guard state.isListening, state.version == version else { return }
            if state.known.count + existing.count > Self.capacity { state.known.removeAll(keepingCapacity: true) }
            state.known.formUnion(existing)
        }
        return missing.subtracting(existing)
    }

    /// Evicts an erased person.
    func forget(_ person: PersonID) {
        state.withLock { state in
            state.version += 1
            state.known.remove(person)
        }
    }

    /// Evicts all persons, since erasures may have been missed, and keeps persons from now on.
    func beginListening() {
        reset(isListening: true)
    }

    /// Evicts all persons and keeps none, since erasures are not reported.
    func endListening() {
        reset(isListening: false)
    }

    private func reset(isListening: Bool) {
        state.withLock { state in
            state.version += 1
            state.known.removeAll(keepingCapacity: true)
            state.isListening = isListening
            state.retryAt = nil
        }
    }

    /// A database that is there but has no time lets the client retry; otherwise a flood would let unknown persons through.
    private func refuseOrTrust(_ error: any Error) throws(PersonCheckOverload) {
        let isBusy = (error as? PostgresError)?.isUnavailability ?? (error is CancellationError)
        let isListening = state.withLock { state in
            if !state.isListening { state.retryAt = now() + Self.pause }
            return state.isListening
        }
        if isBusy, isListening { throw PersonCheckOverload() }
    }
}
