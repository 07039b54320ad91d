import Geospatial
import Models
import Presence
import Simulation
import Venue

/// A small venue: a hall with two booths, 2 m apart, and a room beside the hall.
enum VenueFixtures {
    /// Noon in microseconds since 1970.
    static let noon: Int64 = 1_749_124_800_000_000

    static let (hall, booth12, booth13, room) = (0, 1, 2, 3)
    static let hintOfBooth12 = ZoneHint(kind: .beacon, digest: 12)
    static let hintOfHall = ZoneHint(kind: .wifi, digest: 1)

    static func zone(
        _ id: Int32,
        _ name: String,
        _ floor: Rectangle,
        _ kind: Zone.Kind,
        in parent: Int32? = nil,
        hints: [ZoneHint] = []
    ) throws -> Zone {
        let ring = try (floor.corners + [floor.origin]).map { try Site.coordinate(of: $0) }
        return Zone(
            id: ZoneID(stored: id),
            code: "\(id)",
            name: name,
            kind: kind,
            parent: parent.map { ZoneID(stored: $0) },
            area: ZoneArea([[ring]]),
            hints: hints
        )
    }

    static func venue() throws -> VenuePlan {
        try VenuePlan([
            zone(1, "Hall", Rectangle(origin: Point(0, 0), width: 40, depth: 30), .hall, hints: [hintOfHall]),
            zone(
                2,
                "Booth 12",
                Rectangle(origin: Point(10, 10), width: 3, depth: 3),
                .booth,
                in: 1,
                hints: [hintOfBooth12]
            ),
            zone(3, "Booth 13", Rectangle(origin: Point(15, 10), width: 3, depth: 3), .booth, in: 1),
            zone(4, "Room", Rectangle(origin: Point(0, 30), width: 40, depth: 10), .room),
        ])
    }

    /// A session with the given minutes since noon.
    static func session(_ id: Int32, _ title: String, in zone: Int32?, _ minutes: Range<Int64>) -> ProgrammeSession {
        ProgrammeSession(
            id: SessionID(stored: id),
            code: "\(id)",
            zone: zone.map { ZoneID(stored: $0) },
            time: Timestamp(
                microseconds: time(minutes.lowerBound)
            )..<Timestamp(
                microseconds: time(minutes.upperBound)
            ),
            title: title
        )
    }

    /// A visit with the given minutes since noon.
    static func visit(_ zone: Int, _ minutes: Range<Int64>) -> Visit {
        Visit(zone: zone, start: time(minutes.lowerBound), end: time(minutes.upperBound), probability: 1, stays: 1)
    }

    static func time(_ minute: Int64) -> Int64 { noon + minute * 60_000_000 }

    /// The segments of a person with fixes at seconds since noon.
    static func segments(_ fixes: [(second: Int, x: Double, y: Double)]) throws -> PersonSegments {
        let fixes = try fixes.map { fix in
            Fix(
                time: noon + Int64(fix.second) * 1_000_000,
                coordinate: try Site.coordinate(of: Point(fix.x, fix.y)),
                accuracy: 2
            )
        }
        return PersonSegments([[TrailChunk(of: TrailKey(person: 1), fixes)]])
    }
}
