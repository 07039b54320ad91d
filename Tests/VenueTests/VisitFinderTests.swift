import Geospatial
import Models
import Presence
import Simulation
import Testing
import Venue

/// Visits follow from stays and moves.
@Suite struct VisitFinderTests {
    private static let noon = VenueFixtures.noon

    private static func finder() throws -> VisitFinder {
        VisitFinder(try VenueFixtures.venue())
    }

    private static func segments(_ fixes: [(second: Int, x: Double, y: Double)]) throws -> PersonSegments {
        try VenueFixtures.segments(fixes)
    }

    private static func seconds(_ visit: Visit) -> (Double, Double) {
        (Double(visit.start - noon) / 1_000_000, Double(visit.end - noon) / 1_000_000)
    }

    @Test func findsABoothAndTheHallAroundIt() throws {
        let fixes = (0...60).map { (second: $0 * 10, x: 11.5, y: 11.5) }
        let visits = try Self.finder().visits(of: Self.segments(fixes))
        #expect(visits.map(\.zone) == [0, 1])
        #expect(visits.allSatisfy { abs(Self.seconds($0).0) <= 10 && abs(Self.seconds($0).1 - 600) <= 10 })
        #expect(visits[0].probability == 1)
        #expect(visits[1].probability > 0.9)
    }

    @Test func walkingAboutInAHallDoesNotEndTheVisit() throws {
        let first = (0...30).map { (second: $0 * 10, x: 11.5, y: 11.5) }
        let way = (1...4).map { (second: 300 + $0 * 5, x: 11.5 + Double($0) * 5, y: 20.0) }
        let second = (0...30).map { (second: 330 + $0 * 10, x: 36.0, y: 20.0) }
        let visits = try Self.finder().visits(of: Self.segments(first + way + second))
        #expect(visits.map(\.zone) == [0, 1])
        #expect(visits.map(\.stays) == [2, 1])
        #expect(Self.seconds(visits[0]).1 > 620)
        #expect(Self.seconds(visits[1]).1 < 320)
    }

    @Test func crossingARoomIsNoVisit() throws {
        let hall = (0...30).map { (second: $0 * 10, x: 5.0, y: 25.0) }
        let way = (1...8).map { (second: 300 + $0 * 5, x: 5.0, y: 25 + Double($0) * 2.5) }
        let visits = try Self.finder().visits(of: Self.segments(hall + way))
        #expect(visits.map(\.zone) == [0])
    }

    @Test func tellsNeighbouringBoothsApart() throws {
        let first = (0...30).map { (second: $0 * 10, x: 11.5, y: 11.5) }
        let second = (0...30).map { (second: 310 + $0 * 10, x: 16.5, y: 11.5) }
        let visits = try Self.finder().visits(of: Self.segments(first + second))
        #expect(visits.map(\.zone) == [0, 1, 2])
    }

    @Test func theSameFixesInAnyOrderGiveTheSameVisits() throws {
        let fixes = (0...60).map { (second: $0 * 10, x: 11.5 + Double($0 / 30) * 5, y: 11.5) }
        var generator = Xoshiro256(seed: 5)
        var shuffled = fixes
        generator.shuffle(&shuffled)
        #expect(try Self.finder().visits(of: Self.segments(shuffled)) == Self.finder().visits(of: Self.segments(fixes)))
    }
}
