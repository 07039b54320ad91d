internal import Geospatial

/// All overlaps of two persons, evaluated together.
///
/// Two strangers who are side by side at one place are usually apart at the next one; companions are not. Hence the overlaps at
/// other places change the probability of companionship at this one, by the ratio of observed to expected companionship.
/// Overlaps that share a stay share its error as well, so they are not independent evidence.
struct PairHistory {
    private(set) var overlaps: [Overlap]
    private(set) var pieces: [OverlapPiece] = []
    /// The indices of overlaps in which one person may have taken the other's place.
    private(set) var successions: Set<Int> = []

    /// Weight of the prior ratio of 1, in places.
    private static let priorWeight = 0.25
    /// Prior probability that a neighbour at a place is a companion.
    private static let expectedCompanionship = 0.15
    /// Duration after which an overlap has full weight, in seconds.
    private static let fullWeight = 300.0

    /// Evaluates the overlaps of two persons, in any order.
    ///
    /// The pieces are cut at the ends of the window.
    init(_ overlaps: [Overlap], stays: [Stay], model: ClosenessModel, window: Range<Int64>? = nil) {
        let overlaps = overlaps.sorted { $0.kind < $1.kind }
        self.overlaps = overlaps
        let weights = overlaps.map { Self.weight($0, stays) }
        for (index, overlap) in overlaps.enumerated() {
            var (found, expected) = (Self.priorWeight, Self.priorWeight)
            for (other, weight) in zip(overlaps, weights) where !overlap.kind.sharesSegment(with: other.kind) {
                found += weight * Double(other.companionship)
                expected += weight * Self.expectedCompanionship
            }
            let verdict = model.verdict(
                measured: Double(overlap.distance),
                variance: Double(overlap.deviation * overlap.deviation),
                density: Double(overlap.density),
                companions: Double(overlap.companions) * found / expected
            )
            self.overlaps[index].probability = Float(verdict.probability)
            self.overlaps[index].companionship = Float(verdict.companionship)
        }
        for (index, overlap) in self.overlaps.enumerated() { addPieces(of: overlap, index, stays) }
        if let window { pieces = pieces.compactMap { $0.clipped(to: window) } }
        pieces = Self.disjoint(pieces)
    }

    private mutating func addPieces(of overlap: Overlap, _ index: Int, _ stays: [Stay]) {
        let probability = Double(overlap.probability)
        switch overlap.kind {
        case .stays(let first, let second):
            if stays[Int(first)].mayFollow(stays[Int(second)]) { successions.insert(index) }
            stays[Int(first)].commonParts(with: stays[Int(second)]) { start, end, presence in
                pieces.append(
                    OverlapPiece(start: start, end: end, probability: probability * presence, overlap: index)
                )
            }
        case .moves(_, _, let start, let end):
            pieces.append(OverlapPiece(start: start, end: end, probability: probability, overlap: index))
        }
    }

    private static func weight(_ overlap: Overlap, _ stays: [Stay]) -> Double {
        let common: Int64
        switch overlap.kind {
        case .stays(let first, let second):
            let (one, other) = (stays[Int(first)], stays[Int(second)])
            common = min(one.latest, other.latest) - max(one.earliest, other.earliest)
        case .moves(_, _, let start, let end):
            common = end - start
        }
        return min(max(Double(common) / 1_000_000, 0) / fullWeight, 1)
    }

    /// The pieces in order.
    ///
    /// Where two overlap, because a person carries two devices, the more probable one remains.
    private static func disjoint(_ pieces: [OverlapPiece]) -> [OverlapPiece] {
        var sorted = pieces.sorted { ($0.start, $0.end, $0.overlap) < ($1.start, $1.end, $1.overlap) }
        guard zip(sorted, sorted.dropFirst()).contains(where: { $0.end > $1.start }) else { return sorted }
        let moments = Set(sorted.flatMap { [$0.start, $0.end] }).sorted()
        var result: [OverlapPiece] = []
        for (start, end) in zip(moments, moments.dropFirst()) {
            sorted.removeAll { $0.end <= start }
            let best = sorted.prefix { $0.start <= start }.max {
                ($0.probability, -$0.overlap) < ($1.probability, -$1.overlap)
            }
            guard var piece = best else { continue }
            (piece.start, piece.end) = (start, end)
            result.append(piece)
        }
        return result
    }
}

extension Overlap.Kind: Comparable {
    private var order: (Int, Int32, Int32, Int64) {
        switch self {
        case .stays(let first, let second): (0, first, second, 0)
        case .moves(let first, let second, let start, _): (1, first, second, start)
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.order < right.order }

    /// Whether both were measured with a common segment, and therefore share its error.
    func sharesSegment(with other: Self) -> Bool {
        order.0 == other.order.0 && (order.1 == other.order.1 || order.2 == other.order.2)
    }
}
