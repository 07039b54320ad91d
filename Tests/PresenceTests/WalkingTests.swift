import Geospatial
import Presence
import Testing

/// Persons who walk together meet, whatever the phases of their devices.
@Suite struct WalkingTests {
    /// Two persons walk north for an hour, a metre apart.
    ///
    /// The second device reports `phase` seconds after the first.
    private func walkers(every interval: Double, behind phase: Double, apart: Double = 1) throws -> Scene {
        var scene = Scene()
        for step in 0..<Int(3_600 / interval) {
            let seconds = Double(step) * interval
            try scene.add(1, at: seconds, 0, 1.4 * seconds)
            try scene.add(2, at: seconds + phase, apart, 1.4 * (seconds + phase))
        }
        return scene
    }

    @Test(arguments: [0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    func findsWalkersAtAnyPhase(_ phase: Double) async throws {
        #expect(try await walkers(every: 10, behind: phase).secondsMet(1, 2) >= 0.95 * 3_590)
    }

    @Test(arguments: [(30.0, 15.0), (60, 30), (300, 120)])
    func findsWalkersWhoseDevicesReportRarely(_ interval: Double, _ phase: Double) async throws {
        #expect(try await walkers(every: interval, behind: phase).secondsMet(1, 2) >= 3_000)
    }

    @Test func doesNotMeetAWalkerTwentyMetresBehind() async throws {
        var scene = Scene()
        for step in 0..<360 {
            try scene.add(1, at: Double(step) * 10, 0, 14 * Double(step))
            try scene.add(2, at: Double(step) * 10, 0, 14 * Double(step) - 20)
        }
        #expect(try await scene.meetings(1, 2).isEmpty)
    }

    @Test func doesNotMeetAnOncomingWalker() async throws {
        var scene = Scene()
        for step in 0..<60 {
            try scene.add(1, at: Double(step) * 10, 0, 14 * Double(step))
            try scene.add(2, at: Double(step) * 10, 0.5, 840 - 14 * Double(step))
        }
        #expect(try await scene.meetings(1, 2).isEmpty)
    }
}
