internal import Glibc

/// Estimates the noise of a device from its stays.
///
/// While a device rests, its fixes differ only by their errors. The likelihood of σ and τ is that of the stays'
/// Ornstein–Uhlenbeck processes without their means (REML: Patterson and Thompson, "Recovery of inter-block information when
/// block sizes are unequal", 1971), times the priors. For each of a few values of τ, Newton's method finds the best ln σ.
/// A polynomial interpolates the likelihood between these values. O(samples).
struct NoiseFit {
    /// The largest value of τ, in seconds; each further value is half of the previous one.
    private static let longest = 240.0
    private static let count = 5
    /// Number of interpolation steps from the largest to the smallest τ.
    private static let steps = 48
    /// Minimum number of samples in a stay.
    private static let leastSamples = 3
    /// Minimum χ² a sample.
    ///
    /// A device that repeats a coordinate to the last step reveals nothing about its errors.
    private static let minimumMeanSquare = 1e-6
    /// Prior standard deviation of ln τ.
    private static let logPersistenceDeviation = 0.6

    /// For each value of τ: χ² of the stays around their means, and the logarithm of the determinant of their covariance.
    private var squares = [Double](repeating: 0, count: count)
    private var logarithms = [Double](repeating: 0, count: count)
    /// Degrees of degreesOfFreedom: the number of samples less one for the mean of each stay.
    private var degreesOfFreedom = 0.0

    /// Sums the contributions of the stays.
    init(_ samples: [Sample], stays: [Range<Int>]) {
        for stay in stays where stay.count >= Self.leastSamples { add(samples[stay]) }
    }

    /// Whether the stays suffice for an estimate.
    var isInformative: Bool {
        degreesOfFreedom > 0 && squares.allSatisfy { $0 > Self.minimumMeanSquare * degreesOfFreedom }
    }

    private mutating func add(_ stay: ArraySlice<Sample>) {
        guard let first = stay.first else { return }
        var sums = [Sums](repeating: Sums(weight: 1 / (first.deviation * first.deviation)), count: Self.count)
        var before = Sample(time: first.time, point: PlanePoint(x: 0, y: 0), deviation: first.deviation, fixes: 1)
        var (elapsed, keptLongest) = (-1.0, 1.0)
        for sample in stay.dropFirst() {
            var after = sample
            // Coordinates relative to the first sample avoid cancellation.
            after.point = PlanePoint(x: sample.point.x - first.point.x, y: sample.point.y - first.point.y)
            let weight = 2 / (before.deviation * before.deviation + after.deviation * after.deviation)
            // The decay for τ/2 is the square of the decay for τ.
            if abs(after.time - before.time - elapsed) > 1e-6 {
                elapsed = after.time - before.time
                keptLongest = exp(-elapsed / Self.longest)
            }
            var kept = keptLongest
            for index in sums.indices {
                sums[index].add(before.point, after.point, kept: kept, weight: weight)
                kept *= kept
            }
            before = after
        }
        for index in sums.indices {
            squares[index] += sums[index].square
            logarithms[index] += sums[index].logarithm
        }
        degreesOfFreedom += Double(stay.count - 1)
    }

    /// The noise with the highest posterior probability.
    ///
    /// - Parameters:
    ///   - logScale: the prior mean of the logarithm of the scale.
    ///   - priorDeviation: the prior standard deviation of that logarithm.
    ///   - settings: the model's assumptions.
    /// - Returns: the factor for the standard deviations, and τ in seconds.
    func best(
        around logScale: Double,
        priorDeviation: Double,
        settings: PresenceSettings
    ) -> (scale: Double, persistence: Double) {
        let tries = squares.indices.map { index in
            let logPersistence = log(Self.longest) - Double(index) * log(2.0)
            var scale = logScale
            for _ in 0..<8 {
                let square = squares[index] * exp(-2 * scale)
                let slope =
                    4 * degreesOfFreedom - 2 * square + 2 * (scale - logScale) / (priorDeviation * priorDeviation)
                scale -= min(max(slope / (4 * square + 2 / (priorDeviation * priorDeviation)), -1), 1)
            }
            let surprise = (logPersistence - log(settings.errorPersistence)) / Self.logPersistenceDeviation
            let own = (scale - logScale) / priorDeviation
            let cost =
                4 * degreesOfFreedom * scale + squares[index] * exp(-2 * scale) + logarithms[index] + own * own
                + surprise * surprise
            return (cost: cost, scale: scale, logPersistence: logPersistence)
        }
        var best = (cost: Double.infinity, scale: 0.0, logPersistence: 0.0)
        for step in 0...Self.steps {
            let weights = Self.weights(at: Double(step * (Self.count - 1)) / Double(Self.steps))
            let cost = zip(weights, tries).reduce(0) { $0 + $1.0 * $1.1.cost }
            guard cost < best.cost else { continue }
            best = (
                cost, zip(weights, tries).reduce(0) { $0 + $1.0 * $1.1.scale },
                zip(weights, tries).reduce(0) { $0 + $1.0 * $1.1.logPersistence }
            )
        }
        return (exp(best.scale), exp(best.logPersistence))
    }

    /// Lagrange weights of the values of τ for an interpolated index; the first value has index 0.
    private static func weights(at place: Double) -> [Double] {
        (0..<count).map { own in
            (0..<count).reduce(1.0) { product, other in
                other == own ? product : product * (place - Double(other)) / Double(own - other)
            }
        }
    }

    /// The sums of one stay for one value of τ.
    private struct Sums {
        private var information: Double
        private var momentX = 0.0
        private var momentY = 0.0
        private var squareSum = 0.0
        /// The product of the innovations' variances; moved into the logarithm before it underflows.
        private var logarithmSum = 0.0
        private var product = 1.0
        private let weight: Double

        init(weight: Double) {
            (self.weight, information) = (weight, weight)
        }

        mutating func add(_ before: PlanePoint, _ after: PlanePoint, kept: Double, weight: Double) {
            let freshness = 1 - kept * kept
            let (x, y) = (after.x - kept * before.x, after.y - kept * before.y)
            let factor = weight / freshness
            information += (1 - kept) * (1 - kept) * factor
            momentX += (1 - kept) * factor * x
            momentY += (1 - kept) * factor * y
            squareSum += factor * (x * x + y * y)
            product *= freshness
            if product < 1e-100 {
                logarithmSum += log(product)
                product = 1
            }
        }

        var square: Double { max(squareSum - (momentX * momentX + momentY * momentY) / information, 0) }
        var logarithm: Double { 2 * (logarithmSum + log(product) + log(information / weight)) }
    }
}
