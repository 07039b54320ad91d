internal import Geospatial
internal import Models

/// The segments, stays and moves, of one device in six hours.
///
/// Trails are segmented one chunk at a time. The segments depend only on the set of the device's fixes in these hours:
/// a late fix changes only its own chunk, and the order of arrival does not matter. A chunk has at most 4,320 samples.
package struct TrailChunk: Hashable, Sendable {
    /// The length of a chunk in microseconds.
    package static let length: Int64 = 6 * 3_600 * 1_000_000

    /// The device's stays in order.
    package private(set) var stays: [Stay] = []
    /// The device's moves in order.
    package private(set) var moves: [Move] = []

    /// The number of the chunk that contains a time.
    package static func number(of time: Int64) -> Int64 {
        time.dividedRoundingDown(by: length)
    }

    /// Segments the fixes of a device.
    ///
    /// - Parameters:
    ///   - key: the device.
    ///   - fixes: all fixes of one chunk, in any order, with or without repetitions.
    ///   - settings: the model's assumptions.
    package init(of key: TrailKey, _ fixes: [Fix], settings: PresenceSettings = PresenceSettings()) {
        let fixes = Self.distinct(fixes)
        let doubts = FixScreen(settings).doubts(fixes)
        let plausible = zip(fixes, doubts).filter { $0.1 == nil }.map(\.0)
        guard let first = plausible.first else { return }
        let start = Self.number(of: first.time) * Self.length
        let plane = LocalPlane(origin: first.coordinate)
        let stated = plausible.count { $0.accuracy > 0 }
        let fitted = FittedStays(
            Sample.samples(of: plausible, plane: plane, start: start, settings: settings),
            isStated: 2 * stated > plausible.count,
            settings: settings
        )
        let samples = fitted.samples
        let spans = Self.withSingleSampleStays(fitted.stays, samples)
        let places = StayPlaces(spans, samples: samples, costs: fitted.costs, noise: fitted.noise)
        let ways = Moves(samples, settings: settings).ranges(between: fitted.stays)
        addMoves(ways, of: key, samples, fitted.noise, plane, start)
        let fringes = Fringes(samples, settings: settings)
        stays.reserveCapacity(spans.count)
        for (number, span) in spans.enumerated() {
            let (begin, end) = (samples[span.lowerBound], samples[span.upperBound - 1])
            let point = places.points[number]
            stays.append(
                Stay(
                    key: key,
                    start: start + Self.microseconds(begin.time),
                    end: start + Self.microseconds(end.time),
                    coordinate: plane.coordinate(point),
                    deviation: Float(places.variances[number].squareRoot()),
                    fixes: Int32(clamping: samples[span].reduce(0) { $0 + $1.fixes }),
                    fringeBefore: fringes.length(from: begin, at: point, to: span.lowerBound - 1),
                    fringeBehind: fringes.length(from: end, at: point, to: span.upperBound)
                )
            )
        }
    }

    /// The ignored fixes of a device, in order, each with the reason.
    ///
    /// - Parameters:
    ///   - fixes: all fixes of one chunk, in any order, with or without repetitions.
    ///   - settings: the model's assumptions.
    /// - Returns: the ignored fixes with their reasons.
    package static func doubtful(
        of fixes: [Fix],
        settings: PresenceSettings = PresenceSettings()
    ) -> [(fix: Fix, doubt: FixDoubt)] {
        let fixes = distinct(fixes)
        return zip(fixes, FixScreen(settings).doubts(fixes)).compactMap { fix, doubt in doubt.map { (fix, $0) } }
    }

    private static func distinct(_ fixes: [Fix]) -> [Fix] {
        if zip(fixes, fixes.dropFirst()).allSatisfy({ $0 < $1 }) { return fixes }
        let sorted = fixes.sorted()
        return sorted.indices.filter { $0 == 0 || sorted[$0 - 1] != sorted[$0] }.map { sorted[$0] }
    }

    private mutating func addMoves(
        _ ranges: [Range<Int>],
        of key: TrailKey,
        _ samples: [Sample],
        _ noise: DeviceNoise,
        _ plane: LocalPlane,
        _ start: Int64
    ) {
        moves = ranges.map { range in
            let way = samples[range]
            return Move(
                key: key,
                knots: way.map { sample in
                    Move.Knot(
                        time: start + Self.microseconds(sample.time),
                        coordinate: plane.coordinate(sample.point)
                    )
                },
                deviation: Float(way.reduce(0) { $0 + $1.deviation } / Double(way.count)),
                persistence: Float(noise.persistence)
            )
        }
    }

    /// Adds stays of one sample each: a device that reports rarely may report only once during a stay.
    private static func withSingleSampleStays(_ stays: [Range<Int>], _ samples: [Sample]) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        var next = 0
        for stay in stays + [samples.count..<samples.count] {
            for index in next..<stay.lowerBound where isSingleSampleStay(index, samples) {
                spans.append(index..<index + 1)
            }
            if !stay.isEmpty { spans.append(stay) }
            next = stay.upperBound
        }
        return spans
    }

    /// The minimum time from a stay of one sample to the samples before and after it, in seconds.
    private static let singleSampleStayGap = 45.0

    private static func isSingleSampleStay(_ index: Int, _ samples: [Sample]) -> Bool {
        (index == 0 || samples[index].time - samples[index - 1].time >= singleSampleStayGap)
            && (index + 1 == samples.count || samples[index + 1].time - samples[index].time >= singleSampleStayGap)
    }

    private static func microseconds(_ seconds: Double) -> Int64 {
        Int64((seconds * 1_000_000).rounded())
    }
}
