#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Sums from which the likelihood of any stay follows in constant time.
///
/// A stay at μ explains its samples yᵢ by errors of an Ornstein–Uhlenbeck process. With φ = e^(−Δ/τ) and u = 1/σ of a link
/// between two samples, the innovation u (y′ − φy − (1 − φ) μ) has the variance 1 − φ², so that −2 ln of the likelihood is a
/// quadratic form in μ, whose coefficients are sums over links; its least value is reached at the generalised mean. That of
/// the first sample is u² |y − μ|². Errors that last do not make a hundred samples a hundred witnesses.
struct StayCosts {
    /// Sums of (1 − φ)² u² / (1 − φ²), how much links tell of the mean.
    private(set) var information: [Double] = [0]
    /// Sums of (1 − φ) u² (y′ − φy) / (1 − φ²).
    private(set) var momentsX: [Double] = [0]
    private(set) var momentsY: [Double] = [0]
    /// Sums of u² |y′ − φy|² / (1 − φ²), of the logarithms of the variances, and of the price of staying.
    private(set) var squares: [Double] = [0]
    /// Sums of u² |y′ − φy|² / (1 − φ²) alone.
    private(set) var residuals: [Double] = [0]
    /// 1/σ² of each sample.
    let weights: [Double]

    /// The sums of the links; index i is of the links before sample i.
    init(_ samples: [Sample], noise: DeviceNoise, settings: PresenceSettings) {
        weights = samples.map { 1 / ($0.deviation * $0.deviation) }
        reserveCapacity(samples.count)
        var step = Step(elapsed: -1, persistence: noise.persistence)
        for index in samples.indices.dropFirst() {
            let (before, after) = (samples[index - 1], samples[index])
            let elapsed = after.time - before.time
            // Most devices report at equal intervals.
            if abs(elapsed - step.elapsed) > 1e-6 { step = Step(elapsed: elapsed, persistence: noise.persistence) }
            let (kept, freshness) = (step.kept, step.freshness)
            let weight = 2 / (before.deviation * before.deviation + after.deviation * after.deviation)
            let (x, y) = (after.point.x - kept * before.point.x, after.point.y - kept * before.point.y)
            let factor = (1 - kept) * weight / freshness
            information.append(information[index - 1] + (1 - kept) * factor)
            momentsX.append(momentsX[index - 1] + factor * x)
            momentsY.append(momentsY[index - 1] + factor * y)
            let price = 2 * step.logFreshness + 2 * elapsed / settings.meanStay
            let square = weight / freshness * (x * x + y * y)
            squares.append(squares[index - 1] + square + price)
            residuals.append(residuals[index - 1] + square)
        }
    }

    private mutating func reserveCapacity(_ count: Int) {
        information.reserveCapacity(count)
        momentsX.reserveCapacity(count)
        momentsY.reserveCapacity(count)
        squares.reserveCapacity(count)
        residuals.reserveCapacity(count)
    }

    /// What some seconds leave of an error.
    private struct Step {
        let elapsed: Double
        let kept: Double
        let freshness: Double
        let logFreshness: Double

        init(elapsed: Double, persistence: Double) {
            self.elapsed = elapsed
            kept = exp(-elapsed / persistence)
            freshness = 1 - kept * kept
            logFreshness = log(freshness)
        }
    }

    /// By how much the samples of a stay scatter more than their errors explain, as a factor of the variance, 1 at least.
    ///
    /// It is the χ² of the fit over its degrees of freedom (R. T. Birge, Phys. Rev. 40, 1932): steps that are too small to
    /// be found show in it, and make the mean as uncertain as they are wide.
    func excess(of stay: Range<Int>, _ samples: [Sample]) -> Double {
        let (first, last) = (stay.lowerBound, stay.upperBound - 1)
        guard last > first else { return 1 }
        let (weight, point) = (weights[first], samples[first].point)
        let total = weight + information[last] - information[first]
        let x = weight * point.x + momentsX[last] - momentsX[first]
        let y = weight * point.y + momentsY[last] - momentsY[first]
        let square = weight * (point.x * point.x + point.y * point.y) + residuals[last] - residuals[first]
        return max(1, (square - (x * x + y * y) / total) / Double(2 * (last - first)))
    }
}
