import Models
import Persistence
import Postgres
import Synchronization

/// Looks up existing persons.
protocol PersonRegistry: Sendable {
    /// Returns the existing ones of some persons.
    func existing(of persons: Set<PersonID>) async throws -> Set<PersonID>
}

extension PersonStore: PersonRegistry {}

/// The database cannot answer all person lookups in time.
struct PersonCheckOverload: Error, Equatable {}

/// A bounded cache of existing persons, which evicts erased persons.
///
/// Only existing persons are cached. An unknown number may be assigned at any moment, and the first location of that
/// person must not be rejected. So each batch with unknown numbers costs one lookup for all of them. Nothing is cached
/// unless the database reports erasures.
///
/// If the database is unavailable, every person counts as existing, and location-consumer decides. This happens with
/// Kafka as the queue while PostgreSQL is unavailable.
final class PersonDirectory: ReportedCache {
    /// The maximum number of cached persons; about 16 bytes each.
    static let capacity = 500_000
    /// The pause after a failed lookup, in which the database is not asked.
    private static let pause = Duration.seconds(1)

    private struct State {
        var known: Set<PersonID> = []
        /// Increases with each erasure: an answer from before an erasure is not cached.
        var version = 0
        var isListening = false
        /// No lookup is sent before this time.
        var retryAt: ContinuousClock.Instant?
    }

    private let registry: any PersonRegistry
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// - Parameters:
    ///   - registry: where persons are looked up.
    ///   - now: the clock.
    init(registry: any PersonRegistry, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.registry = registry
        self.now = now
    }

    /// Returns the unknown ones of some locations' persons.
    ///
    /// Costs O(persons) under one lock if all of them are cached, otherwise one statement more.
    ///
    /// - Throws: ``PersonCheckOverload`` if the client should retry later.
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

    /// An overloaded database lets the client retry; otherwise a flood would let unknown persons through.
    private func refuseOrTrust(_ error: any Error) throws(PersonCheckOverload) {
        let isBusy = (error as? PostgresError)?.isUnavailability ?? (error is CancellationError)
        let isListening = state.withLock { state in
            if !state.isListening { state.retryAt = now() + Self.pause }
            return state.isListening
        }
        if isBusy, isListening { throw PersonCheckOverload() }
    }
}
