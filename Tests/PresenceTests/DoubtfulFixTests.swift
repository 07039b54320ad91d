import Geospatial
import Presence
import Testing

/// Invalid fixes must not create meetings.
@Suite struct DoubtfulFixTests {
    @Test func ignoresDevicesWithoutAFix() async throws {
        var scene = Scene()
        let nowhere = Coordinate(stored: DegreesE7(rawValue: 0), DegreesE7(rawValue: 0))
        for step in 0..<20 {
            let time = Scene.noon + Int64(step) * 30_000_000
            scene.add(Fix(time: time, coordinate: nowhere), of: TrailKey(person: 1))
            scene.add(Fix(time: time + 3_000_000, coordinate: nowhere), of: TrailKey(person: 2))
            try scene.add(3, at: Double(step) * 30, 5, 5, marks: .noFix)
            try scene.add(4, at: Double(step) * 30, 5, 5, marks: .mock)
            try scene.add(5, at: Double(step) * 30, 5, 5)
        }
        #expect(await scene.map().stays.map(\.key.person) == [5])
    }

    /// A device jumps 5 km for several fixes, to the place of another person.
    @Test func ignoresJumpsOfSeveralFixes() async throws {
        var scene = Scene()
        for step in 0..<120 {
            let isAway = [40, 41, 80, 81, 82].contains(step)
            try scene.add(1, at: 10 * Double(step), 10, isAway ? 5_000 : 10)
            try scene.add(2, at: 10 * Double(step) + 3, 10, 5_000)
            try scene.add(3, at: 10 * Double(step) + 5, 10.5, 10)
        }
        #expect(try await scene.meetings(1, 2).isEmpty)
        #expect(try await scene.secondsMet(1, 3) >= 0.95 * 1_185)
    }

    @Test func screensEachDeviceOfAPersonSeparately() async throws {
        var scene = Scene()
        for step in 0..<60 {
            try scene.add(1, device: 1, at: 10 * Double(step), 10, 10)
            try scene.add(1, device: 2, at: 10 * Double(step) + 5, 10, 20_000)
            try scene.add(2, at: 10 * Double(step) + 2, 10.7, 10)
        }
        #expect(try await scene.secondsMet(1, 2) >= 500)
    }

    @Test func countsPingsAsPresence() async throws {
        var scene = Scene()
        for step in 0...8 {
            try scene.add(1, at: 900 * Double(step), 10, 10, accuracy: 8, marks: step > 0 ? .presence : [])
            try scene.add(2, at: 900 * Double(step) + 40, 10.5, 10, accuracy: 8, marks: step > 0 ? .presence : [])
        }
        #expect(try await scene.secondsMet(1, 2) >= 6_000)
    }

    @Test func ignoresPingsOfAPlaceThatTheDeviceHasLeft() async throws {
        var scene = Scene()
        try scene.stay(1, from: 0, to: 1_800, every: 60, 10, 10)
        try scene.stay(1, from: 1_900, to: 7_200, every: 60, 90, 90)
        for step in 1...6 { try scene.add(1, at: 900 * Double(step) + 1_000, 10, 10, marks: .presence) }
        try scene.stay(2, from: 2_400, to: 7_200, every: 60, 10, 10)
        #expect(try await scene.meetings(1, 2).isEmpty)
    }

    @Test func ignoresASingleOutlier() async throws {
        var scene = Scene()
        for step in 0..<60 {
            try scene.add(1, at: 10 * Double(step), step == 30 ? 60 : 10, 10)
        }
        #expect(await scene.map().stays.count == 1)
    }
}
