import Geospatial
import Models
import Testing

@testable import Proximity

/// Bounds of an index, and extensions for a question.
@Suite struct GridIndexReachTests {
    private static let place: (latitude: Int32, longitude: Int32) = (480_000_000, 20_000_000)

    @Test func limitsTheNumberOfLocations() throws {
        var crowd = Crowd(seed: 21)
        let index = GridIndex(crowd.locations(900, round: Self.place, by: 10))
        let days = try #require(index.days)
        let limited = index.limited(to: 899)
        #expect(limited.days?.lowerBound == CalendarDate(daysSince1970: days.lowerBound.daysSince1970 + 1))
        #expect(limited.firstDay == limited.days?.lowerBound)
        #expect(index.limited(to: 900).count == 900)
        // This also holds if a single day exceeds the limit.
        let empty = index.limited(to: 1)
        #expect(empty.count == 0)
        #expect(try #require(empty.firstDay) > days.upperBound)
    }

    @Test func answersForOlderDaysAfterAnExtension() throws {
        var crowd = Crowd(seed: 22)
        let locations = crowd.locations(600, round: Self.place, by: 20)
        let whole = GridIndex(locations)
        let first = CalendarDate(daysSince1970: try #require(whole.days).lowerBound.daysSince1970 + 1)
        let older = locations.filter { $0.report.creationTime.day < first }
        let extended = whole.dropping(before: first).extended(by: older)
        #expect(extended.count == whole.count)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        for person in Crowd.persons {
            #expect(extended.trail(of: person, in: window) == whole.trail(of: person, in: window))
            let contacts = try whole.contacts(of: person, in: window, radius: .standard)
            #expect(!contacts.isEmpty)
            #expect(try extended.contacts(of: person, in: window, radius: .standard) == contacts)
        }
    }

    @Test func ordersLocationsOfTheSameTimeByNumber() throws {
        // Only queued locations are deduplicated.
        let numbers: [Int64] = [70, 3, LocationID.leastQueued + 64, 12]
        let locations = try numbers.map { number in
            Location(
                id: try #require(LocationID(rawValue: number)),
                report: LocationReport(
                    personID: Crowd.persons[0],
                    coordinate: try Coordinate(latitude: DegreesE7(rawValue: 1), longitude: DegreesE7(rawValue: 1)),
                    creationTime: Crowd.start
                )
            )
        }
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 1)))
        let trail = GridIndex(locations).trail(of: Crowd.persons[0], in: window)
        #expect(trail.map(\.id.rawValue) == numbers.sorted())
    }
}
