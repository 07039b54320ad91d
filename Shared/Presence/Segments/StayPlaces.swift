/// Estimates the places of consecutive stays of a device together.
///
/// Errors persist while a person walks, and are nearly the same a few seconds later. A long stay has a precise place, which
/// reveals the error at its end and corrects the place of a short stay that follows. Besides, people walk short distances more
/// often than long ones. The generalised least squares problem couples only neighbours, so its matrix is tridiagonal. O(stays).
struct StayPlaces {
    /// The places.
    private(set) var points: [PlanePoint] = []
    /// The variance of each place in each direction, in square metres.
    private(set) var variances: [Double] = []

    /// Minimum variance, however many fixes there are: walls reflect signals the same way all day.
    private static let leastVariance = 0.3 * 0.3
    /// Maximum time between coupled places, in seconds.
    private static let longestWay = 1_200.0
    /// Minimum correlation of the errors of coupled places.
    private static let leastPersistence = 0.02

    init(_ stays: [Range<Int>], samples: [Sample], costs: StayCosts, noise: DeviceNoise) {
        var (diagonal, upper) = ([Double](), [Double]())
        var right: [PlanePoint] = []
        for (number, stay) in stays.enumerated() {
            let (first, last) = (stay.lowerBound, stay.upperBound - 1)
            let begin = samples[first]
            var (own, coupling) = (costs.weights[first], 0.0)
            var sum = PlanePoint(x: own * begin.point.x, y: own * begin.point.y)
            if number > 0 {
                let before = samples[stays[number - 1].upperBound - 1]
                let kept = noise.kept(begin.time - before.time)
                if kept >= Self.leastPersistence {
                    let pair = 2 / (before.deviation * before.deviation + begin.deviation * begin.deviation)
                    let weight = pair / (1 - kept * kept)
                    let (x, y) = (begin.point.x - kept * before.point.x, begin.point.y - kept * before.point.y)
                    (own, coupling) = (weight, -weight * kept)
                    sum = PlanePoint(x: weight * x, y: weight * y)
                    diagonal[number - 1] += weight * kept * kept
                    right[number - 1].x -= weight * kept * x
                    right[number - 1].y -= weight * kept * y
                }
                upper.append(coupling)
            }
            diagonal.append(own + costs.information[last] - costs.information[first])
            right.append(
                PlanePoint(
                    x: sum.x + costs.momentsX[last] - costs.momentsX[first],
                    y: sum.y + costs.momentsY[last] - costs.momentsY[first]
                )
            )
        }
        solve(diagonal, upper, right)
        couple(stays, samples, &diagonal, &upper)
        solve(diagonal, upper, right)
        for (number, stay) in stays.enumerated() { variances[number] *= costs.excess(of: stay, samples) }
    }

    /// Couples consecutive places, because people walk short distances more often than long ones.
    ///
    /// The prior is uniform in the logarithm of the distance d; −ln of its density is 2 ln d. The tangent of that function in d²
    /// at the expected d² is a quadratic coupling with the weight 2/d² (majorisation: Hunter and Lange, "A tutorial on MM
    /// algorithms", 2004). It hardly affects distant places.
    private func couple(
        _ stays: [Range<Int>],
        _ samples: [Sample],
        _ diagonal: inout [Double],
        _ upper: inout [Double]
    ) {
        for number in stays.indices.dropFirst() {
            let (left, came) = (samples[stays[number - 1].upperBound - 1], samples[stays[number].lowerBound])
            guard came.time - left.time <= Self.longestWay else { continue }
            let uncertain = 2 * (variances[number] + variances[number - 1])
            let weight = 2 / (points[number].squaredDistance(to: points[number - 1]) + uncertain)
            diagonal[number] += weight
            diagonal[number - 1] += weight
            upper[number - 1] -= weight
        }
    }

    /// Solves the system by elimination from both ends, which also gives the diagonal of the inverse.
    private mutating func solve(_ diagonal: [Double], _ upper: [Double], _ right: [PlanePoint]) {
        (points, variances) = ([], [])
        guard let last = diagonal.indices.last else { return }
        var (forward, backward) = (diagonal, diagonal)
        var (values, backValues) = (right, right)
        for index in diagonal.indices.dropFirst() {
            let factor = upper[index - 1] / forward[index - 1]
            forward[index] -= factor * upper[index - 1]
            values[index].x -= factor * values[index - 1].x
            values[index].y -= factor * values[index - 1].y
        }
        for index in diagonal.indices.dropLast().reversed() {
            let factor = upper[index] / backward[index + 1]
            backward[index] -= factor * upper[index]
            backValues[index].x -= factor * backValues[index + 1].x
            backValues[index].y -= factor * backValues[index + 1].y
        }
        for index in 0...last {
            let precision = forward[index] + backward[index] - diagonal[index]
            points.append(
                PlanePoint(
                    x: (values[index].x + backValues[index].x - right[index].x) / precision,
                    y: (values[index].y + backValues[index].y - right[index].y) / precision
                )
            )
            variances.append(1 / precision + Self.leastVariance)
        }
    }
}
