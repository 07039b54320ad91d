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
    /// Which figures are the better ones.
    enum Better {
        /// Work done in a time.
        case more
        /// Time or memory spent on some work.
        case less
    }

    /// What is done, and by whom beside us.
    let work: String
    /// How much we do, in units of ``unit``.
    let ours: Double
    /// How much the peer does.
    let peer: Double
    /// Of what.
    let unit: String
    /// Whether more of it is better, or less.
    var better = Better.more
    /// How many times as good as the peer we mean to be; 0 for a figure that is only shown.
    let goal: Double
    /// What else there is to say, in a few words.
    var note = ""

    /// How many times as good as the peer we are.
    var ratio: Double {
        switch better {
        case .more: peer > 0 ? ours / peer : 0
        case .less: ours > 0 ? peer / ours : 0
        }
    }
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

    /// The figure that a share of them does not exceed, between two neighbours in proportion; 0 of none.
    func quantile(_ share: Double) -> Double {
        guard let last = indices.last else { return 0 }
        let sorted = sorted()
        let place = share * Double(last)
        let below = Int(place)
        return sorted[below] + (sorted[Swift.min(below + 1, last)] - sorted[below]) * (place - Double(below))
    }
}
