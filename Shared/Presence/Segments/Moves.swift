/// The moves of a device: chains of samples between which it went as fast as people go.
struct Moves {
    private let samples: [Sample]
    private let settings: PresenceSettings

    init(_ samples: [Sample], settings: PresenceSettings) {
        self.samples = samples
        self.settings = settings
    }

    /// The chains as ranges of samples, two at least, in order; the ends of stays that they lead to belong to them.
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
