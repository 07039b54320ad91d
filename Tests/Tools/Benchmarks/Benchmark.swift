/// Compares our implementation with the best alternative, on the same machine in the same run.
///
/// Each benchmark is a file of this target and an entry in ``Benchmarks``.
protocol Benchmark {
    /// The argument of `scripts/bench`.
    static var name: String { get }
    /// A description in one phrase.
    static var summary: String { get }

    /// Runs the benchmark.
    ///
    /// - Parameter isQuick: whether to measure for seconds only. Quote only figures of a full run.
    /// - Returns: a row for each measured task.
    /// - Throws: if a required program is missing or fails.
    static func run(isQuick: Bool) async throws -> [BenchmarkRow]
}

/// One task with our figure and that of a peer.
struct BenchmarkRow {
    /// The direction of improvement.
    enum Better {
        /// A rate.
        case more
        /// A time or an amount of memory.
        case less
    }

    /// The task and the peer.
    let work: String
    /// Our figure, in ``unit``.
    let ours: Double
    /// The peer's figure.
    let peer: Double
    /// The unit.
    let unit: String
    /// The direction of improvement.
    var better = Better.more
    /// The ratio to the peer that we aim for; 0 without a goal.
    let goal: Double
    /// A short remark.
    var note = ""

    /// Our figure relative to the peer's; above 1 is better.
    var ratio: Double {
        switch better {
        case .more: peer > 0 ? ours / peer : 0
        case .less: ours > 0 ? peer / ours : 0
        }
    }
    /// Whether the goal is met.
    var isMet: Bool { ratio >= goal }
}

/// The reason why a benchmark has no result.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}

extension [Double] {
    /// The median, or the mean of the two middle values; 0 for an empty list.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// A quantile with linear interpolation; 0 for an empty list.
    func quantile(_ share: Double) -> Double {
        guard let last = indices.last else { return 0 }
        let sorted = sorted()
        let place = share * Double(last)
        let below = Int(place)
        return sorted[below] + (sorted[Swift.min(below + 1, last)] - sorted[below]) * (place - Double(below))
    }
}
