import Presence
import Simulation
import Testing

/// A device that reports rarely is present for as long as one that reports often.
@Suite struct SparseDeviceTests {
    private static let intervals = [(30.0, 0.95), (60, 0.95), (120, 0.95), (300, 0.95), (600, 0.9), (900, 0.9)]

    @Test(arguments: intervals, [0.0, 0.1, 0.25, 0.5, 0.9])
    func findsTwoHoursSideBySide(_ device: (interval: Double, share: Double), _ phase: Double) async throws {
        let interval = device.interval
        for accuracy in [UInt16(5), 8, 10] {
            var scene = Scene()
            try scene.stay(1, from: 0, to: 7_200, every: interval, 10, 10, accuracy: accuracy)
            try scene.stay(2, from: interval * phase, to: 7_200, every: interval, 11, 10, accuracy: accuracy)
            #expect(try await scene.secondsMet(1, 2) >= device.share * 7_200)
        }
    }

    /// Errors match the stated accuracy and decay within minutes, so some pairs seem to move apart.
    @Test(arguments: [(30.0, 0.97), (120, 0.93), (300, 0.9), (600, 0.8)])
    func findsTwoHoursSideBySideDespiteErrors(_ interval: Double, _ least: Double) async throws {
        var seconds = 0.0
        for seed in UInt64(1)...20 {
            var scene = Scene()
            var generator = Xoshiro256(seed: seed)
            try scene.erringStay(1, from: 0, to: 7_200, every: interval, 10, 10, &generator)
            try scene.erringStay(2, from: interval / 2, to: 7_200, every: interval, 11, 10, &generator)
            seconds += try await scene.secondsMet(1, 2)
        }
        #expect(seconds / 20 >= least * 7_200)
    }

    @Test(arguments: [10.0, 30, 60, 120, 300, 600, 900])
    func doesNotMeetTheNextPersonOnTheSeat(_ interval: Double) async throws {
        var scene = Scene()
        try scene.stay(1, from: 0, to: 7_200, every: interval, 10, 10)
        try scene.stay(2, from: 7_380, to: 14_400, every: interval, 10, 10)
        #expect(try await scene.meetings(1, 2).isEmpty)
    }

    /// One person leaves the seat at 7,200 s, another takes it at 7,380 s.
    ///
    /// Both are seen elsewhere before and after.
    @Test(arguments: [30.0, 60, 120, 300, 600, 900], [0.0, 0.3, 0.6, 0.9])
    func doesNotMeetTheNextPersonWhenBothComeAndGo(_ interval: Double, _ phase: Double) async throws {
        for other in [0.0, 0.25, 0.5, 0.75] {
            var scene = Scene()
            for seconds in stride(from: interval * phase, through: 14_400, by: interval) {
                try scene.add(1, at: seconds, seconds <= 7_200 ? 10 : 70, 10)
            }
            for seconds in stride(from: interval * other, through: 14_400, by: interval) {
                try scene.add(2, at: seconds, 10, seconds < 7_380 ? 70 : 10)
            }
            #expect(try await scene.meetings(1, 2).isEmpty)
        }
    }

    /// Two persons sit together, each with a fix every ten minutes, alternately.
    ///
    /// A third one takes the seat seven minutes later.
    @Test func distinguishesACompanionFromTheNextPerson() async throws {
        var scene = Scene()
        try scene.stay(1, from: 0, to: 7_200, every: 600, 10, 10, accuracy: 8)
        try scene.stay(2, from: 300, to: 6_900, every: 600, 11, 10, accuracy: 8)
        try scene.stay(3, from: 7_620, to: 10_620, every: 600, 10, 10, accuracy: 8)
        #expect(try await scene.secondsMet(1, 2) >= 6_000)
        #expect(try await scene.meetings(1, 3).isEmpty)
        #expect(try await scene.meetings(2, 3).isEmpty)
    }

    @Test func joinsStaysAcrossAChunkBorder() async throws {
        var scene = Scene()
        try scene.stay(1, from: 18_000, to: 25_200, every: 900, 10, 10)
        try scene.stay(2, from: 18_300, to: 25_200, every: 900, 10.7, 10)
        #expect(try await scene.secondsMet(1, 2) >= 0.9 * 6_300)
    }
}
