import Models
import Testing
import Venue

/// Figures for organisers are about five persons or more.
@Suite struct StatisticsTests {
    private typealias Scene = VenueFixtures

    private static let day = Scene.noon - 43_200_000_000..<Scene.noon + 43_200_000_000

    private static func plan() throws -> EventPlan {
        EventPlan(try Scene.venue(), sessions: [Scene.session(1, "Keynote", in: 4, 0..<60)])
    }

    private static func histories(_ count: Int, _ visits: [Visit]) throws -> [EventHistory] {
        let plan = try plan()
        return (0..<count).map { _ in EventHistory(visits, plan) }
    }

    /// The published counts from noon on.
    private static func persons(_ histories: [EventHistory], in zone: Int) throws -> [Int?] {
        let rows = Occupancy(of: histories, try plan(), day: day).rows
        return Array(rows.first { $0.zone == zone }?.persons[48..<52] ?? [])
    }

    @Test(arguments: [(0, nil), (4, nil), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15)] as [(Int, Int?)])
    func publishesMultiplesOfFive(persons: Int, published: Int?) {
        #expect(Disclosure.published(persons) == published)
    }

    @Test func aPublishedSeriesStaysPublishedDownToFour() {
        #expect(Disclosure.published(series: [4, 5, 4, 3, 4, 6]) == [nil, 5, 5, nil, nil, 5])
    }

    @Test func countsPersonsOncePerBin() throws {
        let visits = [Scene.visit(Scene.room, 0..<2), Scene.visit(Scene.room, 5..<31)]
        #expect(try Self.persons(Self.histories(6, visits), in: Scene.room) == [5, 5, 5, nil])
        #expect(try Self.persons(Self.histories(4, visits), in: Scene.room).isEmpty)
        let row = try #require(Occupancy(of: Self.histories(10, visits), Self.plan(), day: Self.day).rows.first)
        #expect(row.peak?.bin == 48)
        #expect(row.peak?.persons == 10)
        #expect(row.visitors == 10)
    }

    /// Twelve persons in the hall, nine of them in one booth and three in the other one.
    @Test func theDifferenceBetweenAHallAndItsBoothsTellsNothing() throws {
        let hall = Scene.visit(Scene.hall, 0..<10)
        let histories =
            try Self.histories(9, [hall, Scene.visit(Scene.booth12, 0..<10)])
            + Self.histories(3, [hall, Scene.visit(Scene.booth13, 0..<10)])
        #expect(try Self.persons(histories, in: Scene.hall).first == 10)
        #expect(try Self.persons(histories, in: Scene.booth12).first == .some(nil))
        #expect(try Self.persons(histories, in: Scene.booth13).isEmpty)
        let more = try histories + Self.histories(3, [hall, Scene.visit(Scene.booth13, 0..<10)])
        #expect(try Self.persons(more, in: Scene.booth12).first == 10)
        #expect(try Self.persons(more, in: Scene.booth13).first == 5)
    }

    @Test func measuresDwellAndReturns() throws {
        let once = [Scene.visit(Scene.booth12, 0..<10)]
        let twice = once + [Scene.visit(Scene.booth12, 30..<34)]
        let rows = Dwell(of: try Self.histories(4, once) + Self.histories(2, twice), day: Self.day).rows
        #expect(rows.map(\.zone) == [Scene.booth12])
        #expect(rows.map(\.visitors) == [5])
        #expect(rows.map(\.median) == [600])
        #expect(rows.map(\.lowerQuartile) == [600])
        #expect(rows.map(\.returnShare) == [0.3])
        #expect(Dwell(of: try Self.histories(4, twice), day: Self.day).rows.isEmpty)
    }

    @Test func countsFlowsBetweenInnerZones() throws {
        let visits = [
            Scene.visit(Scene.hall, 0..<60), Scene.visit(Scene.booth12, 5..<10), Scene.visit(Scene.booth13, 12..<20),
            Scene.visit(Scene.room, 100..<120),
        ]
        let rows = Flows(of: try Self.histories(8, visits), try Self.plan(), day: Self.day).rows
        #expect(rows.map { [$0.from, $0.to, $0.persons] } == [[Scene.booth12, Scene.booth13, 10]])
    }

    @Test func mapsTimeByArea() throws {
        let rows = HeatMap(
            of: try Self.histories(5, [Scene.visit(Scene.booth12, 0..<18)]),
            try Self.plan(),
            day: Self.day
        ).rows
        #expect(rows.map(\.personMinutes) == [90])
        // The corners are rounded to centimetres.
        #expect(rows.allSatisfy { abs($0.density - 10) < 0.1 })
    }

    @Test func countsAttendees() throws {
        let visits = [Scene.visit(Scene.room, 0..<60)]
        #expect(SessionCounts(of: try Self.histories(4, visits), try Self.plan()).attendees == [nil])
        #expect(SessionCounts(of: try Self.histories(9, visits), try Self.plan()).attendees == [10])
    }
}
