import Synchronization

/// A number that only grows: requests answered, rows written.
///
/// Keep the handle; an increment is one relaxed atomic addition.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    /// Adds an amount; ignores a negative one, because a counter never falls.
    package func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// The count so far.
    package var value: Int {
        count.load(ordering: .relaxed)
    }
}
