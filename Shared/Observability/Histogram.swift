import Synchronization

/// How measured values are distributed over buckets: response times in seconds, sizes in bytes.
///
/// A handle to be kept by whoever measures; an observation is a search among the bounds and two atomic operations.
package final class Histogram: Sendable {
    /// How many bounds a histogram may have.
    package static let maximumBounds = 31

    /// The buckets' inclusive upper bounds, growing; one more bucket takes what lies above.
    let bounds: [Double]
    private let buckets: InlineArray<32, Atomic<Int>>
    private let total = AtomicDouble()

    /// Makes a histogram; bounds are sorted, what is not finite, doubled or beyond ``maximumBounds`` falls away.
    init(bounds: [Double]) {
        var distinct: [Double] = []
        for bound in bounds.filter(\.isFinite).sorted() where bound != distinct.last {
            distinct.append(bound)
        }
        self.bounds = Array(distinct.prefix(Self.maximumBounds))
        self.buckets = InlineArray { _ in Atomic(0) }
    }

    /// Counts a value; one that is no number is ignored.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        // A dozen comparisons in one cache line or two: a binary search would not be faster.
        var index = 0
        while index < bounds.count, bounds[index] < value {
            index += 1
        }
        buckets[index].wrappingAdd(1, ordering: .relaxed)
        total.add(value)
    }

    /// Counts a length of time, in seconds.
    package func observe(_ duration: Duration) {
        observe(duration.inSeconds)
    }

    /// The values at or below each bound, then all of them; and their sum.
    ///
    /// The count is the last of them and not kept apart, so that one text never contradicts itself.
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
