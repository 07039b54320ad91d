internal import Glibc

/// The probability that two places are within a radius, given normal errors.
///
/// Let d be the distance of the estimates, and s the standard deviation of the error of their difference in each direction.
/// Then the true distance divided by s has a Rice distribution around a = d/s. So P(distance ≤ r) = 1 − Q₁(a, b), with b = r/s
/// and Marcum's Q. The table holds P for a up to 10 and b up to 8 in steps of 1/16, computed from ∫ x e^(−(x² + a²)/2) I₀(ax) dx
/// by Simpson's rule, and interpolates linearly. The error is below 0.0008. Outside the table, a line approximates the circle.
struct RiceTable: Sendable {
    private static let steps = 16
    private static let (rows, columns) = (10 * steps, 8 * steps)
    private let values: [Float]

    static let shared = RiceTable()

    private init() {
        var values: [Float] = []
        values.reserveCapacity((Self.rows + 1) * (Self.columns + 1))
        let width = 1 / Double(Self.steps)
        for row in 0...Self.rows {
            let centre = Double(row) * width
            var total = 0.0
            values.append(0)
            for column in 0..<Self.columns {
                let left = Double(column) * width
                var part = 0.0
                for piece in 0..<4 {
                    let from = left + Double(piece) * width / 4
                    part +=
                        Self.density(from, centre) + 4 * Self.density(from + width / 8, centre)
                        + Self.density(from + width / 4, centre)
                }
                total += part * width / 24
                values.append(Float(min(total, 1)))
            }
        }
        self.values = values
    }

    /// P(distance ≤ radius).
    ///
    /// - Parameters:
    ///   - radius: r in metres.
    ///   - distance: d, the distance of the estimates, in metres.
    ///   - deviation: s in metres, above 0.
    /// - Returns: the probability.
    func probability(within radius: Double, distance: Double, deviation: Double) -> Double {
        let (a, b) = (distance / deviation, radius / deviation)
        guard a < 10, b < 8 else { return Self.beyond(a, b) }
        let (x, y) = (a * Double(Self.steps), b * Double(Self.steps))
        let (row, column) = (Int(x), Int(y))
        let place = row * (Self.columns + 1) + column
        let (right, up) = (x - Double(row), y - Double(column))
        let low = Double(values[place]) * (1 - up) + Double(values[place + 1]) * up
        let next = place + Self.columns + 1
        let high = Double(values[next]) * (1 - up) + Double(values[next + 1]) * up
        return low * (1 - right) + high * right
    }

    /// For large a, the distance is a + N₁ + N₂²/2a with two standard normal variables.
    private static func beyond(_ a: Double, _ b: Double) -> Double {
        guard a > 1 else { return 1 }
        return 0.5 * erfc(-(b - a - 1 / (2 * a)) / 2.0.squareRoot())
    }

    /// x e^(−(x² + a²)/2) I₀(ax), with the exponentially scaled I₀.
    private static func density(_ x: Double, _ centre: Double) -> Double {
        x * exp(-(x - centre) * (x - centre) / 2) * scaledBessel(x * centre)
    }

    /// e^(−z) I₀(z): Abramowitz and Stegun, 9.8.1 and 9.8.2, with an error below 2 × 10⁻⁷.
    private static func scaledBessel(_ z: Double) -> Double {
        if z < 3.75 {
            let t = z / 3.75 * (z / 3.75)
            let series = [0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1]
            return series.reduce(0) { $0 * t + $1 } * exp(-z)
        }
        let t = 3.75 / z
        let series = [
            0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565, 0.00225319, 0.01328592,
            0.39894228,
        ]
        return series.reduce(0) { $0 * t + $1 } / z.squareRoot()
    }
}
