import Synchronization

/// A number that only grows: requests answered, rows written.
///
/// A handle to be kept by whoever counts; an increment is one relaxed atomic addition.
package final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    init() {}

    /// Counts; an amount below zero is ignored, as a counter may not fall.
    package func increment(by amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }

    /// What has been counted so far.
    package var value: Int {
        count.load(ordering: .relaxed)
    }
}
