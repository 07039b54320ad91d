/// A measurement of our own work beside the best that does the same, on the same machine in the same run.
///
/// Each is a file of this target and an entry in ``Benchmarks``.
protocol Benchmark {
    /// What `scripts/bench` calls it.
    static var name: String { get }
    /// One sentence.
    static var summary: String { get }

    /// Measures.
    ///
    /// - Parameter isQuick: whether seconds have to do, for a look; the figures of a full run are the ones to quote.
    /// - Returns: a row for each kind of work.
    /// - Throws: if something that it needs is missing or fails.
    static func run(isQuick: Bool) async throws -> [BenchmarkRow]
}

/// One kind of work: how much of it we do, and how much the peer.
struct BenchmarkRow {
    /// What is done, and by whom beside us.
    let work: String
    /// How much we do, in units of ``unit``.
    let ours: Double
    /// How much the peer does.
    let peer: Double
    /// Of what; more is better.
    let unit: String
    /// The least share of the peer's figure that we mean to reach.
    let goal: Double

    /// Our share of the peer's figure.
    var ratio: Double { peer > 0 ? ours / peer : 0 }
    /// Whether the goal is reached.
    var isMet: Bool { ratio >= goal }
}

/// Why a benchmark has no result.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}

extension [Double] {
    /// The middle one, or the mean of the two in the middle; 0 of none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = count / 2
        return count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
