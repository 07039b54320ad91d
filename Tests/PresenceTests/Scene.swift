import Foundation
import Geospatial
import Presence
import Simulation

/// Persons with devices on a plan in metres, and the meetings that the model finds.
struct Scene {
    /// Noon of a day: the scene's second 0.
    static let noon: Int64 = 1_749_124_800_000_000

    private(set) var fixes: [TrailKey: [Fix]] = [:]

    /// A fix of a device at a second of the scene.
    mutating func add(
        _ person: Int32,
        device: Int32 = 0,
        at seconds: Double,
        _ x: Double,
        _ y: Double,
        accuracy: UInt16 = 5,
        marks: Fix.Marks = []
    ) throws {
        let fix = Fix(
            time: Self.noon + Int64(seconds * 1_000_000),
            coordinate: try Site.coordinate(of: Point(x, y)),
            accuracy: accuracy,
            marks: marks
        )
        fixes[TrailKey(person: person, device: device), default: []].append(fix)
    }

    mutating func add(_ fix: Fix, of key: TrailKey) {
        fixes[key, default: []].append(fix)
    }

    /// Adds the fixes of a device that stays at one place and reports regularly.
    mutating func stay(
        _ person: Int32,
        device: Int32 = 0,
        from start: Double,
        to end: Double,
        every interval: Double,
        _ x: Double,
        _ y: Double,
        accuracy: UInt16 = 5
    ) throws {
        for seconds in stride(from: start, through: end, by: interval) {
            try add(person, device: device, at: seconds, x, y, accuracy: accuracy)
        }
    }

    /// Adds a resting device whose errors match its stated accuracy of 5 m and decay with a time constant of 80 s.
    mutating func erringStay(
        _ person: Int32,
        from start: Double,
        to end: Double,
        every interval: Double,
        _ x: Double,
        _ y: Double,
        _ generator: inout Xoshiro256
    ) throws {
        let deviation = 5 / 1.509_6
        let kept = exp(-interval / 80)
        let fresh = (1 - kept * kept).squareRoot()
        var error = Point(generator.normal(), generator.normal())
        for seconds in stride(from: start, through: end, by: interval) {
            try add(person, at: seconds, x + deviation * error.x, y + deviation * error.y)
            error = Point(kept * error.x + fresh * generator.normal(), kept * error.y + fresh * generator.normal())
        }
    }

    /// The map of all fixes.
    func map(settings: PresenceSettings = PresenceSettings()) async -> PresenceMap {
        var trails = PresenceTrails(settings: settings)
        for (key, fixes) in fixes {
            for (number, chunk) in Dictionary(grouping: fixes, by: { TrailChunk.number(of: $0.time) }) {
                trails.replace(key, chunk: number, with: chunk)
            }
        }
        return await trails.map()
    }

    /// The expected seconds together of two persons in meetings within a distance; 0 without a meeting.
    func secondsMet(_ one: Int32, _ other: Int32, within distance: Double = 2) async throws -> Double {
        try await meetings(one, other, within: distance).reduce(0) { $0 + Double($1.end - $1.start) / 1_000_000 }
    }

    /// The meetings of two persons.
    func meetings(_ one: Int32, _ other: Int32, within distance: Double = 2) async throws -> [PersonMeeting] {
        var rule = MeetingRule()
        rule.distance = distance
        return try await map().answers(of: one, rule).filter { [$0.person.first, $0.person.second].contains(other) }
            .flatMap(\.meetings)
    }
}
