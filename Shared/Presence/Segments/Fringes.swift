/// How long a device may have been at a place before or behind the samples that show it there.
///
/// Between two places it is the time that the way does not take. Where the trail ends it is the time after which the device
/// would have reported again, but no more than people need to take a seat that was left.
struct Fringes {
    private let samples: [Sample]
    private let settings: PresenceSettings
    private let interval: Double

    /// The longest fringe at the end of a trail, in seconds.
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
    ///   - point: its place.
    ///   - other: the number of the sample before or behind the stay, whether there is one or not.
    /// - Returns: the length, 0 or more.
    func length(from edge: Sample, at point: PlanePoint, to other: Int) -> Float {
        guard samples.indices.contains(other) else { return end }
        let elapsed = abs(samples[other].time - edge.time)
        guard elapsed <= settings.longestStayGap else { return end }
        return Float(max(0, elapsed - point.distance(to: samples[other].point) / settings.walkingSpeed))
    }

    private var end: Float { Float(min(interval, Self.longestEnd)) }
}
