/// What a device reported within some seconds, in metres of a plane: what segments are made of.
struct Sample: Sendable {
    /// Seconds since the chunk began.
    var time: Double
    var point: PlanePoint
    /// The standard deviation of the error in each direction, in metres.
    var deviation: Double
    /// How many fixes it stands for.
    var fixes: Int

    /// Samples are at least so many seconds apart; errors of a device hardly change in between.
    static let spacing = 5.0

    /// Accuracies are whole metres, rounded up: on average they are so much too large.
    private static let roundedUp = 0.5
    /// What an accuracy of 1 m stands for, which is the least that a device can state.
    private static let leastAccuracy = 0.75

    /// The samples of some fixes in order: those that fall into the same five seconds are one.
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
