import Geospatial
import Models
import Testing
import Venue

@Suite struct EventCoverTests {
    private static let opening = Timestamp(microseconds: 1_777_888_800_000_000)
    private static let closing = Timestamp(microseconds: 1_777_917_600_000_000)

    /// About 834 m × 1,113 m in Barcelona.
    private static func venue() throws -> ZoneArea {
        let (south, west, side) = (413_700_000 as Int32, 21_500_000 as Int32, 100_000 as Int32)
        let corners = [(0, 0), (0, side), (side, side), (side, 0), (0, 0)] as [(Int32, Int32)]
        let ring = try corners.map { north, east in
            try Coordinate(
                latitude: DegreesE7(rawValue: south + north),
                longitude: DegreesE7(rawValue: west + east)
            )
        }
        return ZoneArea([[ring]])
    }

    private static func event(hours: Bool = true, venue: ZoneArea? = nil) -> Event {
        let details = EventDetails(name: "Fair", hours: hours ? [opening..<closing] : [], venue: venue)
        return Event(id: .standard, details: details)
    }

    /// A location some metres west of the venue, some seconds after the opening.
    private static func location(west metres: Double, seconds: Int64) throws -> Location {
        let longitude = DegreesE7(rawValue: 21_500_000 - Int32(metres * 119.7))
        let coordinate = try Coordinate(latitude: DegreesE7(rawValue: 413_750_000), longitude: longitude)
        let time = Timestamp(microseconds: opening.microseconds + seconds * 1_000_000)
        return Location(
            id: LocationID(stored: 1),
            report: LocationReport(personID: PersonID(stored: 1), coordinate: coordinate, creationTime: time)
        )
    }

    private static let places: [(metres: Double, seconds: Int64)] = [
        (-100, 60), (95, 60), (110, 60), (-100, -3_500), (-100, -3_700), (-100, 28_800 + 3_599), (-100, 28_800 + 3_600),
    ]

    private static func verdicts(_ events: [Event]) throws -> [Bool] {
        let cover = try EventCover(events, margin: EventCover.Margin(metres: 100, time: 3_600_000_000))
        return cover.covers(try places.map { try location(west: $0.metres, seconds: $0.seconds) })
    }

    @Test func coversVenueAndHoursWithAMargin() throws {
        let expected = [true, true, false, true, false, true, false]
        #expect(try Self.verdicts([Self.event(venue: try Self.venue())]) == expected)
    }

    @Test func anEventWithoutVenueIsEverywhere() throws {
        let expected = [true, true, true, true, false, true, false]
        #expect(try Self.verdicts([Self.event()]) == expected)
    }

    @Test func anEventWithoutHoursIsAtAnyTime() throws {
        let expected = [true, true, false, true, true, true, true]
        #expect(try Self.verdicts([Self.event(hours: false, venue: try Self.venue())]) == expected)
    }

    @Test func eachEventCoversItsOwnPlaceAndTime() throws {
        let always = Self.event(hours: false)
        #expect(try Self.verdicts([Self.event(venue: try Self.venue()), always]).allSatisfy { $0 })
        #expect(try Self.verdicts([]).allSatisfy { !$0 })
    }
}
