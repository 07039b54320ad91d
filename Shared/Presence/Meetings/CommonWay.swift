internal import Geospatial

/// Finds the intervals in which two persons walked together.
///
/// While two persons walk together, their difference in place is constant. So the trail of this difference is segmented like
/// any trail: its stays are the parts of a common way, and their places give the distance. The line between two knots is only
/// an interpolation, whose error grows with the time between them.
struct CommonWay {
    /// A part of the common way with a constant distance.
    struct Part {
        let start: Int64
        let end: Int64
        /// The distance in metres.
        let distance: Double
        /// Its variance in each direction, in square metres.
        let variance: Double

        /// Density of strangers, per square metre, who walk the same way at the same speed.
        ///
        /// Two strangers part because their velocities differ. The longer two persons keep their distance within its error,
        /// the fewer strangers would.
        var density: Float {
            let parting = relativeSpeed * Double(end - start) / 1_000_000
            return Float(corridorDensity * min(1, variance / (parting * parting)))
        }
    }

    private(set) var parts: [Part] = []

    /// Density of a busy corridor, in persons a square metre.
    private static let corridorDensity = 0.02
    /// Standard deviation of the difference between two persons' velocities in each direction, in metres a second.
    private static let relativeSpeed = 0.45
    /// Minimum duration of a part, in microseconds; strangers walk side by side for less.
    static let minimumDuration: Int64 = 20_000_000
    /// Standard deviation of people from a straight line after one second, in metres.
    ///
    /// It grows with the square root of the time.
    private static let lateralDeviation = 0.15
    /// Standard deviation, in metres, of the way that a person walks within the difference of two clockDeviation.
    private static let clockDeviation = 0.7

    /// Compares two moves.
    ///
    /// - Parameters:
    ///   - one: a move.
    ///   - other: a move of another person.
    ///   - reach: the maximum distance in metres.
    ///   - settings: the model's assumptions.
    init(_ one: Move, _ other: Move, reach: Double, settings: PresenceSettings) {
        let (start, end) = (max(one.start, other.start), min(one.end, other.end))
        guard end - start >= Self.minimumDuration else { return }
        let samples = Self.differences(one, other, start, end)
        let noise = DeviceNoise(persistence: Double(one.persistence + other.persistence) / 2)
        let costs = StayCosts(samples, noise: noise, settings: settings)
        let stays = Segmentation(samples, costs: costs, settings: settings).stays()
        let places = StayPlaces(stays, samples: samples, costs: costs, noise: noise)
        let centre = PlanePoint(x: 0, y: 0)
        for (number, stay) in stays.enumerated() {
            let (first, last) = (samples[stay.lowerBound].time, samples[stay.upperBound - 1].time)
            let distance = places.points[number].distance(to: centre)
            guard (last - first) * 1_000_000 >= Double(Self.minimumDuration), distance <= reach else { continue }
            parts.append(
                Part(
                    start: start + Int64(first * 1_000_000),
                    end: start + Int64(last * 1_000_000),
                    distance: distance,
                    variance: places.variances[number]
                )
            )
        }
    }

    /// The other person's place relative to the first, at the knots of both in an interval and at its ends.
    ///
    /// Samples are at least one second apart.
    private static func differences(_ one: Move, _ other: Move, _ start: Int64, _ end: Int64) -> [Sample] {
        var (own, its) = (Move.Walk(one), Move.Walk(other))
        let errors = Double(one.deviation * one.deviation) + Double(other.deviation * other.deviation)
        var samples: [Sample] = []
        samples.reserveCapacity(one.knots.count + other.knots.count)
        var plane = LocalPlane(origin: one.knots[0].coordinate)
        var time = start
        while true {
            let (here, there) = (own.advance(to: time), its.advance(to: time))
            if samples.isEmpty { plane = LocalPlane(origin: here.place) }
            let (from, to) = (plane.point(here.place), plane.point(there.place))
            let variance =
                errors + clockDeviation * clockDeviation + lateralDeviation * lateralDeviation
                * max(here.gap, there.gap)
            samples.append(
                Sample(
                    time: Double(time - start) / 1_000_000,
                    point: PlanePoint(x: to.x - from.x, y: to.y - from.y),
                    deviation: variance.squareRoot(),
                    fixes: 1
                )
            )
            guard time < end else { return samples }
            own.skip(to: time + 1_000_000)
            its.skip(to: time + 1_000_000)
            let next = min(own.nextTime ?? end, its.nextTime ?? end)
            time = next < end - 1_000_000 ? next : end
        }
    }
}
