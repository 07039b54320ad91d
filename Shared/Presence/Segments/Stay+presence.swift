extension Stay {
    /// Fringes shorter than this, in seconds, are replaced by their middle.
    private static let shortFringe: Float = 30

    /// Time between two stays in which one person can leave a place and another one take it, in microseconds.
    private static let changeover: Int64 = 120_000_000

    /// Whether one device may have left before the other one arrived: no moment proves both present.
    func mayFollow(_ other: Stay) -> Bool {
        max(start, other.start) - min(end, other.end) > Self.changeover
    }

    /// Calls `visit` for each interval in which both devices may have been present, with the probability that both were.
    ///
    /// Fringes are divided into quarters.
    func commonParts(with other: Stay, _ visit: (_ start: Int64, _ end: Int64, _ presence: Double) -> Void) {
        if isSharp, other.isSharp {
            let start = max(start - halfFringeBefore, other.start - other.halfFringeBefore)
            let end = min(end + halfFringeBehind, other.end + other.halfFringeBehind)
            if start < end { visit(start, end, 1) }
            return
        }
        let (own, its) = (corners(), other.corners())
        let begin = max(own.first ?? 0, its.first ?? 0)
        let end = min(own.last ?? 0, its.last ?? 0)
        var previous = begin
        for corner in (own + its).sorted() where corner > begin && previous < end {
            let next = min(corner, end)
            guard next > previous else { continue }
            let middle = previous + (next - previous) / 2
            visit(previous, next, presence(at: middle) * other.presence(at: middle))
            previous = next
        }
    }

    /// Whether arrival and departure are known within the short fringe.
    private var isSharp: Bool { fringeBefore < Self.shortFringe && fringeBehind < Self.shortFringe }
    private var halfFringeBefore: Int64 { Int64(fringeBefore * 500_000) }
    private var halfFringeBehind: Int64 { Int64(fringeBehind * 500_000) }

    /// The probability that the device was present at a time between the first and the last corner.
    private func presence(at time: Int64) -> Double {
        if time < start { return Self.presence(Double(start - time) / 1_000_000, of: fringeBefore) }
        return time > end ? Self.presence(Double(time - end) / 1_000_000, of: fringeBehind) : 1
    }

    private static func presence(_ seconds: Double, of fringe: Float) -> Double {
        fringe < shortFringe ? 1 : max(0, 1 - seconds / Double(fringe))
    }

    /// The times at which the probability of presence changes its slope, in order.
    private func corners() -> [Int64] {
        let before = Self.cuts(of: fringeBefore).map { start - $0 }
        return before.reversed() + Self.cuts(of: fringeBehind).map { end + $0 }
    }

    /// The offsets at which a fringe is divided, in microseconds from the stay.
    private static func cuts(of fringe: Float) -> [Int64] {
        guard fringe >= shortFringe else { return [Int64(fringe * 500_000)] }
        return (0...4).map { Int64(fringe * 250_000) * $0 }
    }
}
