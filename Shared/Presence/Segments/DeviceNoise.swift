internal import Glibc

/// The error model of a device: the size of its errors relative to the stated accuracy, and their duration.
///
/// The errors form an Ornstein–Uhlenbeck process with the standard deviation σ and the time constant τ. While the device rests,
/// two fixes Δ apart differ by a variance of v = 2σ² (1 − e^(−Δ/τ)) in each direction. Even in a busy trail, half of all pairs
/// of consecutive fixes come from a resting device. Hence the median of their squared distances, 2 v ln 2, estimates v.
/// One number cannot determine both σ and τ, so the deviation from the expected v is split between ln σ and ln τ in proportion
/// to their prior variances.
struct DeviceNoise: Hashable, Sendable {
    /// The factor by which the stated standard deviations are multiplied.
    let scale: Double
    /// τ in seconds.
    let persistence: Double

    /// Prior standard deviation of ln σ for a device that states an accuracy.
    private static let logScaleDeviation = 0.25
    /// Prior standard deviation of ln τ; errors of real devices last 30 to 180 s.
    private static let logPersistenceDeviation = 0.6
    /// Limits of the factor for a device that states an accuracy.
    private static let scaleRange = 0.5...4
    /// Safety factor for the errors of a device that states no accuracy.
    private static let safetyFactor = 1.2
    /// The best accuracy, in metres, that a device without stated accuracies can have.
    private static let bestUnstatedAccuracy = 5.0

    /// Minimum share of the time that close pairs of fixes must cover to estimate the noise.
    ///
    /// A device that reports only after it has moved gives close pairs only while it moves.
    private static let minimumShare = 0.5
    /// Maximum time between the fixes of a pair, in seconds.
    ///
    /// Wider pairs say little about the persistence of errors.
    private static let longestStep = 120.0

    /// Creates a noise model with known parameters.
    init(scale: Double = 1, persistence: Double) {
        self.scale = scale
        self.persistence = persistence
    }

    /// Estimates the noise of some samples.
    ///
    /// - Parameters:
    ///   - samples: in order.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: the model's assumptions.
    init(_ samples: [Sample], isStated: Bool, settings: PresenceSettings) {
        var ratios: [Double] = []
        var (short, total) = (0.0, 0.0)
        for (one, other) in zip(samples, samples.dropFirst()) {
            let elapsed = other.time - one.time
            if elapsed <= settings.longestStayGap { total += elapsed }
            guard elapsed <= Self.longestStep else { continue }
            short += elapsed
            let variance = (one.deviation * one.deviation + other.deviation * other.deviation) / 2
            let expected = 4 * log(2.0) * variance * (1 - exp(-elapsed / settings.errorPersistence))
            ratios.append(one.point.squaredDistance(to: other.point) / expected)
        }
        ratios.sort()
        // A device that repeats a coordinate to the last step reveals nothing about its errors.
        guard ratios.count >= 8, short >= Self.minimumShare * total, ratios[ratios.count / 2] > 1e-6 else {
            self.init(persistence: settings.errorPersistence)
            return
        }
        let logRatio = log(ratios[ratios.count / 2])
        guard isStated else {
            // The longer errors last, the larger they are relative to the difference of consecutive fixes.
            let share = Self.bestUnstatedAccuracy / settings.assumedAccuracy
            let asStated = DeviceNoise(logRatio: logRatio - 2 * log(share), settings: settings)
            self.init(
                scale: min(max(Self.safetyFactor * exp(logRatio / 2), asStated.scale * share), 1),
                persistence: max(settings.errorPersistence, asStated.persistence)
            )
            return
        }
        self.init(logRatio: logRatio, settings: settings)
    }

    /// Splits the logarithm of observed over expected scatter between σ and τ.
    private init(logRatio: Double, settings: PresenceSettings) {
        let total =
            4 * Self.logScaleDeviation * Self.logScaleDeviation + Self.logPersistenceDeviation
            * Self.logPersistenceDeviation
        scale = min(
            max(
                exp(2 * Self.logScaleDeviation * Self.logScaleDeviation * logRatio / total),
                Self.scaleRange.lowerBound
            ),
            Self.scaleRange.upperBound
        )
        let logPersistence = -Self.logPersistenceDeviation * Self.logPersistenceDeviation * logRatio / total
        persistence = min(max(settings.errorPersistence * exp(logPersistence), 1), 300)
    }
}

extension DeviceNoise {
    /// The share of an error that remains after some seconds.
    func kept(_ seconds: Double) -> Double {
        exp(-seconds / persistence)
    }
}

extension DeviceNoise {
    /// Prior standard deviation of ln σ for a device that states no accuracy.
    private static let logScaleDeviationWhenUnstated = 1.0

    /// Refines the noise with the samples of the stays found so far.
    ///
    /// - Parameters:
    ///   - samples: in order, with their deviations multiplied by ``scale``.
    ///   - stays: as ranges of samples.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: the model's assumptions.
    /// - Returns: the noise, relative to the same stated deviations.
    func refined(
        by samples: [Sample],
        stays: [Range<Int>],
        isStated: Bool,
        settings: PresenceSettings
    ) -> DeviceNoise {
        let fit = NoiseFit(samples, stays: stays)
        guard fit.isInformative else { return self }
        let share = isStated ? 1 : Self.bestUnstatedAccuracy / settings.assumedAccuracy
        let asStated = fit.best(around: log(share / scale), priorDeviation: Self.logScaleDeviation, settings: settings)
        let least = min(
            max(scale * asStated.scale, Self.scaleRange.lowerBound * share),
            Self.scaleRange.upperBound * share
        )
        guard !isStated else { return DeviceNoise(scale: least, persistence: asStated.persistence) }
        let asUnstated = fit.best(
            around: -log(scale),
            priorDeviation: Self.logScaleDeviationWhenUnstated,
            settings: settings
        )
        return DeviceNoise(
            scale: min(max(scale * asUnstated.scale, least), 1),
            persistence: max(asUnstated.persistence, asStated.persistence)
        )
    }
}
