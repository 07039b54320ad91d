import Concurrency
import Synchronization

/// How measured values are distributed over buckets: response times in seconds, sizes in bytes.
///
/// Keep the handle; an observation is a search among the bounds and two atomic operations.
package final class Histogram: Sendable {
    /// The maximum number of bounds.
    package static let maximumBounds = 31

    /// The inclusive upper bounds of the buckets in ascending order; one more bucket has the values above.
    let bounds: [Double]
    private let buckets: InlineArray<32, Atomic<Int>>
    private let total = AtomicDouble()

    /// A histogram; sorts the bounds and drops those that are not finite, duplicates, and those beyond
    /// ``maximumBounds``.
    init(bounds: [Double]) {
        var distinct: [Double] = []
        for bound in bounds.filter(\.isFinite).sorted() where bound != distinct.last {
            distinct.append(bound)
        }
        self.bounds = Array(distinct.prefix(Self.maximumBounds))
        self.buckets = InlineArray { _ in Atomic(0) }
    }

    /// Counts a value; ignores NaN.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // A dozen comparisons within two cache lines: a binary search would not be faster.
        var index = 0
        while index < bounds.count, bounds[index] < value {
            index += 1
        }
        buckets[index].wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Counts a duration in seconds.
    package func observe(_ duration: Duration) {
        observe(duration.inSeconds)
    }

    /// How many values are at or below each bound, then how many in all; and their sum.
    ///
    /// The total is the last of these counts and not a counter of its own, so a text never contradicts itself.
    func snapshot() -> (cumulative: [Int], sum: Double) {
        var cumulative: [Int] = []
        cumulative.reserveCapacity(bounds.count + 1)
        var count = 0
        for index in 0...bounds.count {
            count += buckets[index].load(ordering: .relaxed)
            cumulative.append(count)
        }
        return (cumulative, total.load())
    }
}
