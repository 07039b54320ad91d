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

    /// Every number is somebody's.
    static var everybody: InMemoryPersons { InMemoryPersons(unknown: []) }

    /// - Parameters:
    ///   - unknown: the numbers that nobody has.
    ///   - failure: what every call throws.
    init(unknown: Set<Int32>, failure: (any Error)? = nil) {
        state = Mutex(State(unknown: unknown, failure: failure))
    }

    /// The numbers of each lookup.
    var asked: [Set<Int32>] { state.withLock { $0.asked } }

    /// Gives a number to somebody.
    func create(_ number: Int32) {
        state.withLock { _ = $0.unknown.remove(number) }
    }

    /// Takes a number from its person.
    func erase(_ number: Int32) {
        state.withLock { _ = $0.unknown.insert(number) }
    }

    /// What every call throws from now on.
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
