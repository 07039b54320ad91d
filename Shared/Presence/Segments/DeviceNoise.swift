#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// How a device errs: how large its errors are beside what it states, and how long they last.
///
/// The errors are taken for an Ornstein–Uhlenbeck process of deviation σ and time constant τ, so that two fixes Δ apart
/// differ by a variance of v = 2σ² (1 − e^(−Δ/τ)) in each direction while the device rests. Half of all pairs of consecutive
/// fixes do so even in a busy trail, hence the median of their squared distances, which is 2 v ln 2, tells v. One number
/// cannot tell two: what it differs from the expected is shared between ln σ and ln τ by how sure each was before.
struct DeviceNoise: Hashable, Sendable {
    /// By how much the stated deviations are to be multiplied.
    let scale: Double
    /// τ in seconds.
    let persistence: Double

    /// How sure σ is before, if the device states an accuracy: the deviation of ln σ.
    private static let stated = 0.25
    /// The same of ln τ; real devices' errors last 30 to 180 s.
    private static let lasting = 0.6
    /// A device that states an accuracy is believed within these factors.
    private static let scales = 0.5...4
    /// What the errors of a device that states nothing are taken for, beside what its fixes show.
    private static let caution = 1.2
    /// A device that states nothing never counts for more than one with the same fixes that states so many metres.
    private static let silentAccuracy = 5.0

    /// Pairs of fixes tell the noise of a device if they cover so much of its time.
    ///
    /// A device that reports once it has moved gives close pairs only while it moves.
    private static let leastShare = 0.5
    /// Fixes further apart than this, in seconds, tell little of how errors last.
    private static let longestStep = 120.0

    /// Takes what is known.
    init(scale: Double = 1, persistence: Double) {
        self.scale = scale
        self.persistence = persistence
    }

    /// Estimates the noise of some samples.
    ///
    /// - Parameters:
    ///   - samples: in order.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: what the model assumes.
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
        // A device that repeats a place to the last step tells nothing of its errors.
        guard ratios.count >= 8, short >= Self.leastShare * total, ratios[ratios.count / 2] > 1e-6 else {
            self.init(persistence: settings.errorPersistence)
            return
        }
        let surprise = log(ratios[ratios.count / 2])
        guard isStated else {
            // The slower errors are, the larger they are beside what shows from one fix to the next.
            let share = Self.silentAccuracy / settings.assumedAccuracy
            let stating = DeviceNoise(surprise: surprise - 2 * log(share), settings: settings)
            self.init(
                scale: min(max(Self.caution * exp(surprise / 2), stating.scale * share), 1),
                persistence: max(settings.errorPersistence, stating.persistence)
            )
            return
        }
        self.init(surprise: surprise, settings: settings)
    }

    /// Shares what a device's scatter differs from the expected between σ and τ.
    private init(surprise: Double, settings: PresenceSettings) {
        let total = 4 * Self.stated * Self.stated + Self.lasting * Self.lasting
        scale = min(
            max(exp(2 * Self.stated * Self.stated * surprise / total), Self.scales.lowerBound),
            Self.scales.upperBound
        )
        let logPersistence = -Self.lasting * Self.lasting * surprise / total
        persistence = min(max(settings.errorPersistence * exp(logPersistence), 1), 300)
    }
}

extension DeviceNoise {
    /// What is left of an error after some seconds, as a share.
    func kept(_ seconds: Double) -> Double {
        exp(-seconds / persistence)
    }
}

extension DeviceNoise {
    /// How sure σ is before of a device that states nothing: the deviation of ln σ.
    private static let unstated = 1.0

    /// What the noise is, once there are stays.
    ///
    /// - Parameters:
    ///   - samples: in order, with their deviations multiplied by ``scale``.
    ///   - stays: as ranges of samples.
    ///   - isStated: whether the device states accuracies.
    ///   - settings: what the model assumes.
    /// - Returns: the noise, in the same terms as this one.
    func refined(
        by samples: [Sample],
        stays: [Range<Int>],
        isStated: Bool,
        settings: PresenceSettings
    ) -> DeviceNoise {
        let fit = NoiseFit(samples, stays: stays)
        guard fit.isTelling else { return self }
        let share = isStated ? 1 : Self.silentAccuracy / settings.assumedAccuracy
        let stating = fit.best(around: log(share / scale), doubt: Self.stated, settings: settings)
        let least = min(max(scale * stating.scale, Self.scales.lowerBound * share), Self.scales.upperBound * share)
        guard !isStated else { return DeviceNoise(scale: least, persistence: stating.persistence) }
        let silent = fit.best(around: -log(scale), doubt: Self.unstated, settings: settings)
        return DeviceNoise(
            scale: min(max(scale * silent.scale, least), 1),
            persistence: max(silent.persistence, stating.persistence)
        )
    }
}
