internal import Geospatial

/// Where two persons on the move had a piece of the way in common.
///
/// Seen from one of the two, the other one stands still while they walk together. So the trail of the difference between the
/// two is segmented like any trail; its stays are the pieces of the common way, and their place tells the distance. Between
/// knots a line is only a guess, which is the worse the longer it is.
struct CommonWay {
    /// A piece of the way with the same distance.
    struct Part {
        let start: Int64
        let end: Int64
        /// The distance in metres.
        let distance: Double
        /// Its variance in each direction, in square metres.
        let variance: Double

        /// Strangers a square metre who go the same way as fast, as far as can be told.
        ///
        /// Two strangers part by the difference of their velocities. The longer two keep their distance within its error, the
        /// fewer strangers do so.
        var density: Float {
            let parting = relativeSpeed * Double(end - start) / 1_000_000
            return Float(corridor * min(1, variance / (parting * parting)))
        }
    }

    private(set) var parts: [Part] = []

    /// Persons a square metre in a lively corridor.
    private static let corridor = 0.02
    /// How much the velocities of two of these differ: the deviation in each direction, in metres a second.
    private static let relativeSpeed = 0.45
    /// Shorter pieces, in microseconds, are left out: so long anybody walks beside anybody.
    static let least: Int64 = 20_000_000
    /// How far people leave a straight line, as a deviation in metres, in a second; it grows with the root of the time.
    private static let wander = 0.15
    /// Two clocks differ by some seconds; so far one walks meanwhile, as a deviation in metres.
    private static let clocks = 0.7

    /// Compares two moves.
    ///
    /// - Parameters:
    ///   - one: a move.
    ///   - other: a move of another person.
    ///   - reach: beyond this distance, in metres, nothing counts.
    ///   - settings: what the model assumes.
    init(_ one: Move, _ other: Move, reach: Double, settings: PresenceSettings) {
        let (start, end) = (max(one.start, other.start), min(one.end, other.end))
        guard end - start >= Self.least else { return }
        let samples = Self.differences(one, other, start, end)
        let noise = DeviceNoise(persistence: Double(one.persistence + other.persistence) / 2)
        let costs = StayCosts(samples, noise: noise, settings: settings)
        let stays = Segmentation(samples, costs: costs, settings: settings).stays()
        let places = StayPlaces(stays, samples: samples, costs: costs, noise: noise)
        let centre = PlanePoint(x: 0, y: 0)
        for (number, stay) in stays.enumerated() {
            let (first, last) = (samples[stay.lowerBound].time, samples[stay.upperBound - 1].time)
            let distance = places.points[number].distance(to: centre)
            guard (last - first) * 1_000_000 >= Double(Self.least), distance <= reach else { continue }
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

    /// Where the other one was, seen from the first one, at the knots of both in an interval and at its ends.
    ///
    /// Samples are at least a second apart.
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
            let variance = errors + clocks * clocks + wander * wander * max(here.gap, there.gap)
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
