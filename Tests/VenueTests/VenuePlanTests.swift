import Geospatial
import Models
import Simulation
import Testing
import Venue

/// The zones that contain a place, with their probabilities.
@Suite struct VenuePlanTests {
    private static func zone(_ id: Int32, _ floor: Rectangle, kind: Zone.Kind = .room) throws -> Zone {
        try VenueFixtures.zone(id, "Zone \(id)", floor, kind)
    }

    private static let hall = Rectangle(origin: Point(0, 0), width: 40, depth: 30)
    private static let booth = Rectangle(origin: Point(10, 10), width: 3, depth: 3)

    @Test func findsAllZonesAroundAPlace() throws {
        let plan = try VenuePlan([Self.zone(1, Self.hall, kind: .hall), Self.zone(2, Self.booth, kind: .booth)])
        let reader = VenueReader(plan)
        #expect(try reader.zones(at: Site.coordinate(of: Point(11, 11))) == [0, 1])
        #expect(try reader.zones(at: Site.coordinate(of: Point(20, 20))) == [0])
        #expect(try reader.zones(at: Site.coordinate(of: Point(-1, 20))).isEmpty)
    }

    @Test func takesTheUncertaintyOfAPlaceIntoAccount() throws {
        let reader = VenueReader(try VenuePlan([Self.zone(1, Self.hall), Self.zone(2, Self.booth)]))
        let middle = try Site.coordinate(of: Point(20, 15))
        let inside = reader.likelihoods(around: middle, deviation: 2)
        #expect(inside.map(\.zone) == [0])
        #expect(inside.map(\.probability) == [1])
        let onTheWall = try reader.likelihoods(around: Site.coordinate(of: Point(0, 15)), deviation: 2)
        #expect(onTheWall.count == 1)
        #expect(abs(onTheWall[0].probability - 0.5) < 0.05)
        // The middle of 3 m × 3 m with a deviation of 1.5 m in each direction: (Φ(1) − Φ(−1))² = 0.466.
        let inTheBooth = try reader.likelihoods(around: Site.coordinate(of: Point(11.5, 11.5)), deviation: 1.5)
        #expect(inTheBooth.count == 2)
        #expect(abs(inTheBooth[1].probability - 0.466) < 0.05)
    }

    @Test func refusesAreasThatCrossThemselves() throws {
        let corners = [Point(0, 0), Point(4, 4), Point(4, 0), Point(0, 4), Point(0, 0)]
        let ring = try corners.map { try Site.coordinate(of: $0) }
        let bowTie = Zone(id: ZoneID(stored: 7), code: "7", name: "Bow tie", kind: .room, area: ZoneArea([[ring]]))
        let failure = #expect(throws: VenuePlan.InvalidZone.self) { try VenuePlan([Self.zone(1, Self.hall), bowTie]) }
        #expect(failure?.index == 1)
        #expect(failure?.error.reason == "Self-intersection")
        #expect(try failure?.error.place == Site.coordinate(of: Point(2, 2)))
    }
}
