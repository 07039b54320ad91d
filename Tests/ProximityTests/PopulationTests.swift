import Geospatial
import Models
import Proximity
import Testing

@Suite struct PopulationTests {
    private static let start = Timestamp(microseconds: 1_780_000_000_000_000)

    private static func location(_ id: Int64, of person: Int32, at seconds: Int64, latitude: Int32) -> Location {
        Location(
            id: LocationID(stored: id),
            report: LocationReport(
                personID: PersonID(stored: person),
                coordinate: Coordinate(stored: DegreesE7(rawValue: latitude), DegreesE7(rawValue: 133_777_000)),
                creationTime: Timestamp(microseconds: start.microseconds + seconds * 1_000_000)
            )
        )
    }

    private static func window(_ seconds: ClosedRange<Int64>) throws -> TimeWindow {
        try #require(
            TimeWindow(
                start: Timestamp(microseconds: start.microseconds + seconds.lowerBound * 1_000_000),
                end: Timestamp(microseconds: start.microseconds + seconds.upperBound * 1_000_000 + 1)
            )
        )
    }

    /// Six persons in a hall.
    ///
    /// One of them leaves for another hall, where two more are.
    private static let locations: [Location] =
        (1...6).map { location(Int64($0), of: $0, at: Int64($0), latitude: 525_163_000) }
        + [location(7, of: 6, at: 100, latitude: 525_263_000)]
        + (7...8).map { location(Int64($0) + 1, of: $0, at: 100, latitude: 525_263_000) }

    @Test func countsEachPersonWhereLastSeen() throws {
        let population = GridIndex(Self.locations).population(in: try Self.window(0...100), atLeast: 1)
        #expect(population.persons == 8)
        #expect(population.cells.map(\.persons) == [5, 3])
        let cell = try #require(population.cells.first)
        #expect((cell.south...cell.north).contains(52.5163))
        #expect((cell.west...cell.east).contains(13.3777))
        #expect(cell.north - cell.south < 0.000_3)
    }

    @Test func leavesOutCellsWithFewPersons() throws {
        let population = GridIndex(Self.locations).population(in: try Self.window(0...100), atLeast: 5)
        #expect(population.cells.map(\.persons) == [5])
        #expect(population.persons == 8)
    }

    @Test func countsOnlyLocationsInTheWindow() throws {
        let index = GridIndex(Self.locations)
        #expect(index.population(in: try Self.window(0...50), atLeast: 1).cells.map(\.persons) == [6])
        #expect(index.population(in: try Self.window(50...100), atLeast: 1).cells.map(\.persons) == [3])
        #expect(index.population(in: try Self.window(200...300), atLeast: 1).persons == 0)
    }

    @Test func ignoresTheOrderOfLocations() throws {
        var index = GridIndex()
        for location in Self.locations.reversed() { index = index.adding([location]) }
        let window = try Self.window(0...100)
        #expect(
            index.population(in: window, atLeast: 1) == GridIndex(Self.locations).population(in: window, atLeast: 1)
        )
        #expect(index.latestTime == Timestamp(microseconds: Self.start.microseconds + 100_000_000))
    }

    @Test func leavesOutErasedPersons() throws {
        let index = GridIndex(Self.locations).erasing(PersonID(stored: 1))
        #expect(index.population(in: try Self.window(0...100), atLeast: 5).cells.isEmpty)
    }

    @Test func hasNoLatestTimeWithoutLocations() {
        #expect(GridIndex().latestTime == nil)
    }
}
