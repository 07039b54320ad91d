import Geospatial
import Models
import Venue

@testable import ConnectionService

/// An event at the place of the test's meetings: a hall with a booth around the meetings, and two talks in the booth.
enum EventFixtures {
    static let event = EventID(stored: 2)

    /// Seconds after 2020-08-15T10:37:06.
    static func time(_ seconds: Int64) -> Timestamp {
        Timestamp(microseconds: 1_597_487_826_000_000 + seconds * 1_000_000)
    }

    static func setup(
        hours: Range<Int64>? = nil,
        hasVenue: Bool = false,
        sessions: [(id: Int32, title: String, seconds: Range<Int64>)] = []
    )
        throws -> EventSetup
    {
        let plan = EventPlan(
            try VenuePlan([
                zone(11, "Hall", .hall, around: 4_000),
                zone(12, "=Booth, 12", .booth, around: 300, in: 11),
                zone(13, "Room", .room, around: 300, east: 3_000),
            ]),
            sessions: sessions.map { id, title, seconds in
                ProgrammeSession(
                    id: SessionID(stored: id),
                    code: "s\(id)",
                    zone: ZoneID(stored: 12),
                    time: time(seconds.lowerBound)..<time(seconds.upperBound),
                    title: title
                )
            }
        )
        let hours = hours.map { [time($0.lowerBound)..<time($0.upperBound)] } ?? []
        let venue = hasVenue ? plan.venue.zones[0].area : nil
        let details = EventDetails(name: "Fair", hours: hours, venue: venue)
        return EventSetup(event: Event(id: event, details: details), plan: plan)
    }

    /// A square zone, some steps of 10⁻⁷ degrees around a centre.
    private static func zone(
        _ id: Int32,
        _ name: String,
        _ kind: Zone.Kind,
        around half: Int32,
        east: Int32 = 0,
        in parent: Int32? = nil
    ) throws -> Zone {
        let corners: [(Int32, Int32)] = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
        let ring = try corners.map { x, y in
            try Coordinate(
                latitude: DegreesE7(rawValue: -106_572_100 + y * half),
                longitude: DegreesE7(rawValue: 350_580_000 + east + x * half)
            )
        }
        return Zone(
            id: ZoneID(stored: id),
            code: "z\(id)",
            name: name,
            kind: kind,
            parent: parent.map { ZoneID(stored: $0) },
            area: ZoneArea([[ring]])
        )
    }
}
