import Testing

/// Devices that report rarely are as present as others.
@Suite struct SparseDeviceTests {
    @Test(arguments: [(30.0, 0.95), (60, 0.95), (120, 0.95), (300, 0.95), (600, 0.9), (900, 0.9)])
    func findsTwoHoursSideBySide(_ interval: Double, _ share: Double) async throws {
        for phase in [0.5, 0.25] {
            var scene = Scene()
            try scene.stay(1, from: 0, to: 7_200, every: interval, 10, 10)
            try scene.stay(2, from: interval * phase, to: 7_200, every: interval, 10.7, 10)
            #expect(try await scene.secondsMet(1, 2) >= share * 7_200)
        }
    }

    @Test(arguments: [10.0, 30, 60, 120, 300, 600])
    func doesNotMeetTheNextOneOnTheSeat(_ interval: Double) async throws {
        var scene = Scene()
        try scene.stay(1, from: 0, to: 7_200, every: interval, 10, 10)
        try scene.stay(2, from: 7_380, to: 14_400, every: interval, 10, 10)
        #expect(try await scene.meetings(1, 2).isEmpty)
    }

    @Test(arguments: [10.0, 60, 300])
    func doesNotMeetTheNextOneWhenBothComeAndGo(_ interval: Double) async throws {
        var scene = Scene()
        try scene.stay(1, from: 0, to: 7_200, every: interval, 10, 10)
        try scene.stay(1, from: 7_260, to: 14_400, every: interval, 70, 10)
        try scene.stay(2, from: 0, to: 7_320, every: interval, 10, 70)
        try scene.stay(2, from: 7_380, to: 14_400, every: interval, 10, 10)
        #expect(try await scene.meetings(1, 2).isEmpty)
    }

    @Test func bridgesTheBorderOfTwoChunks() async throws {
        var scene = Scene()
        try scene.stay(1, from: 18_000, to: 25_200, every: 900, 10, 10)
        try scene.stay(2, from: 18_300, to: 25_200, every: 900, 10.7, 10)
        #expect(try await scene.secondsMet(1, 2) >= 0.9 * 6_300)
    }
}
