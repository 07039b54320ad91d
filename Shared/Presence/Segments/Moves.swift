/// Finds the moves of a device: chains of samples with at least the minimum speed of a move.
struct Moves {
    private let samples: [Sample]
    private let settings: PresenceSettings

    init(_ samples: [Sample], settings: PresenceSettings) {
        self.samples = samples
        self.settings = settings
    }

    /// The moves as ranges of at least two samples, in order.
    ///
    /// A move includes the adjacent ends of the stays that it connects.
    ///
    /// - Parameter stays: the stays as ranges of samples, in order.
    /// - Returns: the ranges.
    func ranges(between stays: [Range<Int>]) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var stay = stays.makeIterator()
        var current = stay.next()
        for index in samples.indices.dropLast() {
            while let past = current, past.upperBound <= index + 1 { current = stay.next() }
            let isResting = current.map { $0.contains(index) && $0.contains(index + 1) } ?? false
            if isResting || !isMoving(from: index) {
                if start < index { ranges.append(start..<index + 1) }
                start = index + 1
            }
        }
        if start + 1 < samples.count { ranges.append(start..<samples.count) }
        return ranges
    }

    private func isMoving(from index: Int) -> Bool {
        let (one, other) = (samples[index], samples[index + 1])
        let elapsed = other.time - one.time
        guard elapsed <= settings.longestMoveGap else { return false }
        return one.point.distance(to: other.point) >= settings.slowestMove * elapsed
    }
}
