internal import Geospatial

/// The reason for which the model ignores a fix.
package enum FixDoubt: String, CaseIterable, Sendable {
    /// An app faked the coordinate.
    case mock
    /// The device had no fix: it reported 0° 0°, or a negative accuracy.
    case noFix = "no_fix"
    /// A ping refers to a place that the device had left.
    case stalePresence = "stale_presence"
    /// The device cannot have travelled there and back in time.
    case impossibleSpeed = "impossible_speed"
}

/// Finds the fixes of one device that the model ignores.
///
/// The screen judges each device by its own trail: two devices of one person may be at two places.
struct FixScreen {
    private let settings: PresenceSettings

    init(_ settings: PresenceSettings) {
        self.settings = settings
    }

    /// The reason to ignore each fix; `nil` for valid fixes.
    ///
    /// The fixes must be in order.
    ///
    /// Impossible speeds divide the trail into runs. The screen keeps the chain of mutually reachable runs with the most fixes.
    /// A jump to a stale coordinate and back loses to the trail around it, however many fixes the jump has. O(n + runs²).
    func doubts(_ fixes: [Fix]) -> [FixDoubt?] {
        var doubts = fixes.map { Self.doubt(of: $0) }
        var last: Fix?
        for (index, fix) in fixes.enumerated() where doubts[index] == nil {
            if fix.marks.contains(.presence), let last, !isSamePlace(last, fix) {
                doubts[index] = .stalePresence
            } else {
                last = fix
            }
        }
        let runs = runs(fixes, doubts)
        guard runs.count > 1 else { return doubts }
        let kept = heaviestChain(runs, fixes)
        for (number, run) in runs.enumerated() where !kept.contains(number) {
            for index in run { doubts[index] = .impossibleSpeed }
        }
        return doubts
    }

    private static func doubt(of fix: Fix) -> FixDoubt? {
        if fix.marks.contains(.mock) { return .mock }
        let (latitude, longitude) = (fix.coordinate.latitude.rawValue, fix.coordinate.longitude.rawValue)
        return fix.marks.contains(.noFix) || latitude == 0 && longitude == 0 ? .noFix : nil
    }

    private func isSamePlace(_ one: Fix, _ other: Fix) -> Bool {
        Geodesic.nearbyDistance(from: one.coordinate, to: other.coordinate) <= accuracy(one) + accuracy(other)
    }

    private func accuracy(_ fix: Fix) -> Double {
        fix.accuracy == 0 ? settings.assumedAccuracy : Double(fix.accuracy)
    }

    private func runs(_ fixes: [Fix], _ doubts: [FixDoubt?]) -> [[Int]] {
        var runs: [[Int]] = []
        var run: [Int] = []
        for index in fixes.indices where doubts[index] == nil {
            if let last = run.last, !isReachable(fixes[last], fixes[index]) {
                runs.append(run)
                run = []
            }
            run.append(index)
        }
        if !run.isEmpty { runs.append(run) }
        return runs
    }

    /// Additional tolerance in metres, however short the time: devices jump this far when they acquire a satellite.
    private static let acquisitionTolerance = 100.0

    private func isReachable(_ one: Fix, _ other: Fix) -> Bool {
        // Two fixes within 5,000 steps of 1 cm are always reachable. This test saves nearly all geodesics.
        let north = abs(Int64(one.coordinate.latitude.rawValue) - Int64(other.coordinate.latitude.rawValue))
        let east = abs(Int64(one.coordinate.longitude.rawValue) - Int64(other.coordinate.longitude.rawValue))
        if north < 5_000, east < 5_000 { return true }
        let seconds = Double(abs(other.time - one.time)) / 1_000_000
        let reach = seconds * settings.greatestSpeed + accuracy(one) + accuracy(other) + Self.acquisitionTolerance
        return reach > 20_010_000 || Geodesic.nearbyDistance(from: one.coordinate, to: other.coordinate) <= reach
    }

    /// Number of earlier runs that a run is compared with.
    ///
    /// Only a defective device jumps more often.
    private static let longestLookBack = 64

    /// The indices of the runs in the heaviest chain; the earliest chain wins a tie.
    private func heaviestChain(_ runs: [[Int]], _ fixes: [Fix]) -> Set<Int> {
        var weight = runs.map(\.count)
        var previous = [Int?](repeating: nil, count: runs.count)
        for (number, run) in runs.enumerated() {
            guard let first = run.first else { continue }
            for earlier in max(0, number - Self.longestLookBack)..<number {
                guard let last = runs[earlier].last, weight[earlier] + run.count > weight[number],
                    isReachable(fixes[last], fixes[first])
                else { continue }
                weight[number] = weight[earlier] + run.count
                previous[number] = earlier
            }
        }
        var chain: Set<Int> = []
        var next = weight.indices.max { (weight[$0], -$0) < (weight[$1], -$1) }
        while let number = next {
            chain.insert(number)
            next = previous[number]
        }
        return chain
    }
}
