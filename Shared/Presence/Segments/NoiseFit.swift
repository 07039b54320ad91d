#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What stays tell about the noise of a device.
///
/// While a device rests, nothing moves but its error. The likelihood of σ and τ is that of the stays' Ornstein–Uhlenbeck
/// processes without their means (REML: Patterson and Thompson, "Recovery of inter-block information when block sizes are
/// unequal", 1971), times a prior of each. For a few values of τ, the best ln σ follows by Newton's method; between these values,
/// a polynomial through them tells the likelihood. O(samples).
struct NoiseFit {
    /// The longest τ that is tried, in seconds; each further one is half of the one before.
    private static let longest = 240.0
    private static let count = 5
    /// How many steps there are from the longest to the shortest.
    private static let steps = 48
    /// Stays of fewer samples tell nothing.
    private static let leastSamples = 3
    /// A device that repeats a place to the last step tells nothing of its errors, either: the least χ² for a sample.
    private static let leastSquare = 1e-6
    /// How sure τ is before: the deviation of ln τ.
    private static let lasting = 0.6

    /// By value of τ: χ² of the stays around their means, and the logarithm of the determinant of their covariance.
    private var squares = [Double](repeating: 0, count: count)
    private var logarithms = [Double](repeating: 0, count: count)
    /// How many samples there are besides one for the mean of each stay.
    private var freedom = 0.0

    /// Adds up what stays tell.
    init(_ samples: [Sample], stays: [Range<Int>]) {
        for stay in stays where stay.count >= Self.leastSamples { add(samples[stay]) }
    }

    /// Whether the stays tell anything.
    var isTelling: Bool { freedom > 0 && squares.allSatisfy { $0 > Self.leastSquare * freedom } }

    private mutating func add(_ stay: ArraySlice<Sample>) {
        guard let first = stay.first else { return }
        var sums = [Sums](repeating: Sums(weight: 1 / (first.deviation * first.deviation)), count: Self.count)
        var before = Sample(time: first.time, point: PlanePoint(x: 0, y: 0), deviation: first.deviation, fixes: 1)
        var (elapsed, keptLongest) = (-1.0, 1.0)
        for sample in stay.dropFirst() {
            var after = sample
            // Places count from the first one, so that differences of large numbers do no harm.
            after.point = PlanePoint(x: sample.point.x - first.point.x, y: sample.point.y - first.point.y)
            let weight = 2 / (before.deviation * before.deviation + after.deviation * after.deviation)
            // Half of a τ keeps the square of what τ keeps.
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
        freedom += Double(stay.count - 1)
    }

    /// The most probable noise.
    ///
    /// - Parameters:
    ///   - logScale: what ln of the factor of the deviations is expected to be.
    ///   - doubt: the deviation of that.
    ///   - settings: what the model assumes.
    /// - Returns: the factor of the deviations, and τ in seconds.
    func best(
        around logScale: Double,
        doubt: Double,
        settings: PresenceSettings
    ) -> (scale: Double, persistence: Double) {
        let tries = squares.indices.map { index in
            let logPersistence = log(Self.longest) - Double(index) * log(2.0)
            var scale = logScale
            for _ in 0..<8 {
                let square = squares[index] * exp(-2 * scale)
                let slope = 4 * freedom - 2 * square + 2 * (scale - logScale) / (doubt * doubt)
                scale -= min(max(slope / (4 * square + 2 / (doubt * doubt)), -1), 1)
            }
            let surprise = (logPersistence - log(settings.errorPersistence)) / Self.lasting
            let own = (scale - logScale) / doubt
            let cost =
                4 * freedom * scale + squares[index] * exp(-2 * scale) + logarithms[index] + own * own
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

    /// Lagrange's weights of the values of τ at a place between them, 0 being the first one.
    private static func weights(at place: Double) -> [Double] {
        (0..<count).map { own in
            (0..<count).reduce(1.0) { product, other in
                other == own ? product : product * (place - Double(other)) / Double(own - other)
            }
        }
    }

    /// The sums over one stay for one value of τ.
    private struct Sums {
        private var information: Double
        private var momentX = 0.0
        private var momentY = 0.0
        private var squareSum = 0.0
        /// The product of the innovations' variances, as a logarithm as soon as it gets small.
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
