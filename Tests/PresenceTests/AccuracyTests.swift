import Presence
import Testing

/// A device that states less accuracy must not gain credibility.
@Suite struct AccuracyTests {
    private static let jitter = [0, 1.2, -0.8, 0.5, -1.4, 0.9, 0.2, -0.6, 1.1, -1.0]

    /// Two persons at rest in an empty place, 1 m apart, each with 20 fixes every 30 s.
    private func pair(
        accuracy: UInt16,
        jitter: [Double] = [0],
        phase: Double = 0,
        fixes: Int = 20
    ) async throws -> [PersonMeeting] {
        var scene = Scene()
        for step in 0..<fixes {
            let (own, its) = (jitter[step % jitter.count], jitter[(step * 3 + 1) % jitter.count])
            try scene.add(1, at: 30 * Double(step), 10 + own, 10 - its, accuracy: accuracy)
            try scene.add(2, at: 30 * Double(step) + phase, 11 + own, 10 - its, accuracy: accuracy)
        }
        return try await scene.meetings(1, 2)
    }

    private func probability(
        accuracy: UInt16,
        jitter: [Double] = [0],
        phase: Double = 0,
        fixes: Int = 20
    ) async throws -> Double {
        try await pair(accuracy: accuracy, jitter: jitter, phase: phase, fixes: fixes).map(\.probability).max() ?? 0
    }

    @Test(arguments: [0.0, 7, 15, 29])
    func findsTwoLonePersonsAtAnyStatedAccuracy(_ phase: Double) async throws {
        let (stated, unknown) = (try await pair(accuracy: 5, phase: phase), try await pair(accuracy: 0, phase: phase))
        let coarse = try await pair(accuracy: 35, phase: phase)
        for meetings in [stated, unknown, coarse] {
            #expect(meetings.count == 1)
            #expect(meetings.reduce(0) { $0 + $1.end - $1.start } >= 500_000_000)
        }
        let probabilities = [stated, unknown, coarse].map { $0.first?.probability ?? 0 }
        #expect(probabilities[0] > probabilities[1] && probabilities[1] > probabilities[2])
    }

    @Test func treatsAnUnknownAccuracyAsTheAssumedOne() async throws {
        let unknown = try await probability(accuracy: 0)
        #expect(try await probability(accuracy: 20) >= unknown)
        #expect(try await probability(accuracy: 21) <= unknown)
    }

    @Test(arguments: [0, 0.01, 0.1, 0.3, 1, 2, 4], [8, 20, 60, 240])
    func neverRanksAnUnknownAccuracyAboveFiveMetres(_ scatter: Double, _ fixes: Int) async throws {
        let jitter = Self.jitter.map { scatter * $0 }
        let stated = try await probability(accuracy: 5, jitter: jitter, fixes: fixes)
        let unknown = try await probability(accuracy: 0, jitter: jitter, fixes: fixes)
        // With many fixes, the stated accuracy no longer matters.
        #expect(unknown <= stated + 0.001)
    }

    @Test func learnsTheNoiseOfADeviceWithoutAccuracyFromItsScatter() async throws {
        let still = try await probability(accuracy: 0)
        #expect(try await probability(accuracy: 0, jitter: Self.jitter) > still)
    }
}
