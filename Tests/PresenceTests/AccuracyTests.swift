import Presence
import Testing

/// Who tells less is not believed more.
@Suite struct AccuracyTests {
    private func probability(accuracy: UInt16, jitter: [Double] = [0]) async throws -> Double {
        var scene = Scene()
        for step in 0..<60 {
            let shift = jitter[step % jitter.count]
            try scene.add(1, at: 30 * Double(step), 10 + shift, 10, accuracy: accuracy)
            try scene.add(2, at: 30 * Double(step) + 10, 11 + shift, 10, accuracy: accuracy)
        }
        return try await scene.map().overlaps(of: 1, MeetingRule()).map { Double($0.probability) }.max() ?? 0
    }

    @Test func ranksUnknownAccuracyBehindAStatedOne() async throws {
        let stated = try await probability(accuracy: 5)
        let unknown = try await probability(accuracy: 0)
        #expect(unknown < stated)
        #expect(try await probability(accuracy: 35) < stated)
        #expect(try await probability(accuracy: 20) == unknown)
    }

    @Test func learnsFromTheScatterOfASilentDevice() async throws {
        let jitter = [0, 1.2, -0.8, 0.5, -1.4, 0.9, 0.2, -0.6, 1.1, -1.0]
        let (still, moving) = (try await probability(accuracy: 0), try await probability(accuracy: 0, jitter: jitter))
        #expect(moving > still)
    }
}
