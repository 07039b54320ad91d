/// One or more fixes of a device within a few seconds, on a local plane.
///
/// Segments consist of samples.
struct Sample: Sendable {
    /// Seconds since the chunk began.
    var time: Double
    var point: PlanePoint
    /// The standard deviation of the error in each direction, in metres.
    var deviation: Double
    /// The number of fixes in the sample.
    var fixes: Int

    /// Minimum gap between samples, in seconds.
    ///
    /// Errors of a device hardly change within it.
    static let spacing = 5.0

    /// Devices round accuracies up to whole metres; this is the mean excess.
    private static let roundedUp = 0.5
    /// The accuracy used for a stated 1 m, the lowest value that a device can state.
    private static let leastAccuracy = 0.75

    /// Groups fixes, which must be in order, into samples of five seconds.
    static func samples(of fixes: [Fix], plane: LocalPlane, start: Int64, settings: PresenceSettings) -> [Sample] {
        var samples: [Sample] = []
        samples.reserveCapacity(fixes.count)
        var slot = Int64.min
        for fix in fixes {
            let time = Double(fix.time - start) / 1_000_000
            let stated = max(Double(fix.accuracy) - roundedUp, leastAccuracy)
            let accuracy = fix.accuracy == 0 ? settings.assumedAccuracy : stated
            let sample = Sample(
                time: time,
                point: plane.point(fix.coordinate),
                deviation: accuracy / PresenceSettings.deviationsOfAccuracy,
                fixes: 1
            )
            let own = Int64((time / spacing).rounded(.down))
            if own == slot, let last = samples.indices.last {
                samples[last].merge(sample)
            } else {
                samples.append(sample)
                slot = own
            }
        }
        return samples
    }

    private mutating func merge(_ other: Sample) {
        let share = 1 / Double(fixes + 1)
        time += (other.time - time) * share
        point.x += (other.point.x - point.x) * share
        point.y += (other.point.y - point.y) * share
        deviation += (other.deviation - deviation) * share
        fixes += 1
    }
}
