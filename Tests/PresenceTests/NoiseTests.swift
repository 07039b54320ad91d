import Foundation
import Simulation
import Testing

@testable import Presence

/// The fixes of a resting device determine its noise.
@Suite struct NoiseTests {
    private static let settings = PresenceSettings()

    /// Samples of a device that rests at several places for half an hour each, with the given error model.
    private static func samples(deviation: Double, persistence: Double, stated: Double, seed: UInt64) -> [Sample] {
        var generator = Xoshiro256(seed: seed)
        var error = PlanePoint(x: deviation * generator.normal(), y: deviation * generator.normal())
        let kept = exp(-10 / persistence)
        let fresh = (1 - kept * kept).squareRoot() * deviation
        return (0..<1_440).map { step in
            error.x = kept * error.x + fresh * generator.normal()
            error.y = kept * error.y + fresh * generator.normal()
            let place = Double(step / 180 * 15)
            let point = PlanePoint(x: place + error.x, y: error.y)
            return Sample(time: 10 * Double(step), point: point, deviation: stated, fixes: 1)
        }
    }

    @Test(arguments: [0.7, 1, 1.6], [30.0, 80, 160])
    func estimatesScaleAndPersistenceOfErrors(_ factor: Double, _ persistence: Double) {
        for seed in UInt64(1)...5 {
            let samples = Self.samples(deviation: 2 * factor, persistence: persistence, stated: 2, seed: seed)
            let fitted = FittedStays(samples, isStated: true, settings: Self.settings)
            #expect(abs(fitted.noise.scale / factor - 1) < 0.25)
            #expect((0.6...1.6).contains(fitted.noise.persistence / persistence))
        }
    }

    /// One fix every five minutes, and one every 10 m while walking: all fixes that are close in time belong to walks.
    @Test func doesNotMistakeWalkingForNoise() {
        var samples: [Sample] = []
        var (time, place) = (0.0, 0.0)
        for stay in 0..<20 {
            for step in 0..<(stay == 0 ? 1 : 6) {
                let gap = step == 0 ? 0.0 : 8
                (time, place) = (time + gap, place + (step == 0 ? 0 : 10))
                samples.append(Sample(time: time, point: PlanePoint(x: place, y: 0), deviation: 2, fixes: 1))
            }
            time += 300
            samples.append(Sample(time: time, point: PlanePoint(x: place + 0.5, y: 0.5), deviation: 2, fixes: 1))
            time += 300
        }
        #expect(DeviceNoise(samples, isStated: true, settings: Self.settings).scale == 1)
    }
}
