import Models
import Synchronization

@testable import LocationProducer

/// Persons in a set.
final class InMemoryPersons: PersonRegistry {
    private struct State {
        var unknown: Set<Int32>
        var failure: (any Error)?
        var asked: [Set<Int32>] = []
    }

    private let state: Mutex<State>

    /// Every number belongs to a person.
    static var allKnown: InMemoryPersons { InMemoryPersons(unknown: []) }

    /// - Parameters:
    ///   - unknown: the numbers without a person.
    ///   - failure: the error of each call.
    init(unknown: Set<Int32>, failure: (any Error)? = nil) {
        state = Mutex(State(unknown: unknown, failure: failure))
    }

    /// The numbers of each lookup.
    var asked: [Set<Int32>] { state.withLock { $0.asked } }

    /// Assigns a number to a person.
    func create(_ number: Int32) {
        state.withLock { _ = $0.unknown.remove(number) }
    }

    /// Erases the person of a number.
    func erase(_ number: Int32) {
        state.withLock { _ = $0.unknown.insert(number) }
    }

    /// Sets the error of all later calls.
    func fail(_ error: (any Error)?) {
        state.withLock { $0.failure = error }
    }

    func existing(of persons: Set<PersonID>) async throws -> Set<PersonID> {
        try state.withLock { state in
            state.asked.append(Set(persons.map(\.rawValue)))
            if let failure = state.failure { throw failure }
            return persons.filter { !state.unknown.contains($0.rawValue) }
        }
    }
}
