/// The time before or after a stay in which the device may already or still have been there, although no sample shows it.
///
/// Between two places, the fringe is the time that is left after the walk. At the end of a trail, it is the usual interval
/// between two reports, up to a limit: other people soon take a seat that is left.
struct Fringes {
    private let samples: [Sample]
    private let settings: PresenceSettings
    private let interval: Double

    /// Maximum fringe at the end of a trail, in seconds.
    private static let longestEnd = 240.0

    init(_ samples: [Sample], settings: PresenceSettings) {
        self.samples = samples
        self.settings = settings
        let intervals = zip(samples, samples.dropFirst()).map { $1.time - $0.time }.sorted()
        interval = intervals.isEmpty ? 0 : intervals[intervals.count / 2]
    }

    /// The length of a fringe in seconds.
    ///
    /// - Parameters:
    ///   - edge: the first or the last sample of the stay.
    ///   - point: the place of the stay.
    ///   - other: the index of the adjacent sample outside the stay; it may be out of range.
    /// - Returns: the length, at least 0.
    func length(from edge: Sample, at point: PlanePoint, to other: Int) -> Float {
        guard samples.indices.contains(other) else { return end }
        let elapsed = abs(samples[other].time - edge.time)
        guard elapsed <= settings.longestStayGap else { return end }
        return Float(max(0, elapsed - point.distance(to: samples[other].point) / settings.walkingSpeed))
    }

    private var end: Float { Float(min(interval, Self.longestEnd)) }
}
