/// Removes single samples that are far from both neighbours while these two agree.
struct OutlierFilter {
    let noise: DeviceNoise

    /// Maximum time between the two neighbours, in seconds.
    ///
    /// Within a longer time, the device may have left and come back.
    private static let longestSpan = 75.0
    /// Minimum distance of an outlier from its neighbours, and maximum distance between these, in standard deviations.
    private static let (far, near) = (5.0, 3.0)

    func filtered(_ samples: [Sample]) -> [Sample] {
        guard samples.count > 2 else { return samples }
        var kept: [Sample] = [samples[0]]
        kept.reserveCapacity(samples.count)
        for index in 1..<samples.count - 1 where !isOutlier(samples[index - 1], samples[index], samples[index + 1]) {
            kept.append(samples[index])
        }
        kept.append(samples[samples.count - 1])
        return kept
    }

    private func isOutlier(_ before: Sample, _ sample: Sample, _ after: Sample) -> Bool {
        guard after.time - before.time <= Self.longestSpan else { return false }
        return exceeds(before, sample, Self.far) && exceeds(sample, after, Self.far)
            && !exceeds(before, after, Self.near)
    }

    private func exceeds(_ one: Sample, _ other: Sample, _ deviations: Double) -> Bool {
        let variance =
            (one.deviation * one.deviation + other.deviation * other.deviation)
            * (1 - noise.kept(other.time - one.time))
        return one.point.squaredDistance(to: other.point) > deviations * deviations * variance
    }
}
