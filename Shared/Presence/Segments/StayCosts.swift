internal import Glibc

/// Cumulative sums that give the likelihood of any stay in constant time.
///
/// A stay at μ explains its samples yᵢ by errors of an Ornstein–Uhlenbeck process. A link joins two consecutive samples. With
/// φ = e^(−Δ/τ) and u = 1/σ, its innovation u (y′ − φy − (1 − φ) μ) has the variance 1 − φ². Hence −2 ln of the likelihood is
/// a quadratic form in μ whose coefficients are sums over links; the generalised mean minimises it. The first sample
/// contributes u² |y − μ|². Because errors persist, a hundred samples are not a hundred independent observations.
struct StayCosts {
    /// Sums of (1 − φ)² u² / (1 − φ²): the information of the links about the mean.
    private(set) var information: [Double] = [0]
    /// Sums of (1 − φ) u² (y′ − φy) / (1 − φ²).
    private(set) var momentsX: [Double] = [0]
    private(set) var momentsY: [Double] = [0]
    /// Sums of u² |y′ − φy|² / (1 − φ²), of the logarithms of the variances, and of the costs of staying.
    private(set) var squares: [Double] = [0]
    /// Sums of u² |y′ − φy|² / (1 − φ²) alone.
    private(set) var residuals: [Double] = [0]
    /// 1/σ² of each sample.
    let weights: [Double]

    /// Computes the sums; index i holds the links before sample i.
    init(_ samples: [Sample], noise: DeviceNoise, settings: PresenceSettings) {
        weights = samples.map { 1 / ($0.deviation * $0.deviation) }
        reserveCapacity(samples.count)
        var step = Step(elapsed: -1, persistence: noise.persistence)
        for index in samples.indices.dropFirst() {
            let (before, after) = (samples[index - 1], samples[index])
            let elapsed = after.time - before.time
            // Most devices report at regular intervals.
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

    /// The decay of an error over a time step.
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

    /// The factor, at least 1, by which the variance of a stay's samples exceeds that of their errors.
    ///
    /// It is the reduced χ² of the fit (R. T. Birge, Phys. Rev. 40, 1932). Moves that are too short to detect increase it, and
    /// with it the uncertainty of the mean.
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
