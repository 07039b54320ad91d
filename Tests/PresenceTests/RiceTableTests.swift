import Testing

@testable import Presence

/// Reference values: SciPy 1.17, `ncx2.cdf(b², 2, a²)`.
@Suite struct RiceTableTests {
    @Test(arguments: [
        (0.0, 1.0, 0.393469),
        (0.0, 0.5, 0.117503),
        (0.3, 0.7, 0.208834),
        (1.0, 1.0, 0.267120),
        (2.0, 1.03, 0.087624),
        (3.0, 4.0, 0.803488),
        (5.0, 2.5, 0.004137),
        (7.2, 7.9, 0.736807),
        (9.7, 7.5, 0.011954),
        (0.5, 9.0, 1.000000),
        (11.0, 10.0, 0.147382),
        (12.0, 13.5, 0.927951),
        (20.0, 20.0, 0.490023),
    ])
    func agreesWithTheNoncentralChiSquaredDistribution(_ a: Double, _ b: Double, _ expected: Double) {
        let probability = RiceTable.shared.probability(within: b, distance: a, deviation: 1)
        #expect(abs(probability - expected) < 0.001)
    }

    @Test func growsWithTheRadius() {
        for distance in stride(from: 0.0, through: 14, by: 0.7) {
            let values = stride(from: 0.1, through: 14, by: 0.05).map {
                RiceTable.shared.probability(within: $0, distance: distance, deviation: 1)
            }
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 + 0.001 })
        }
    }
}
