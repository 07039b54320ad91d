import Models
import Presence
import Testing
import Venue

/// Noticed transmitters outweigh the coordinates of a stay.
@Suite struct ZoneSightingTests {
    private typealias Scene = VenueFixtures

    /// Ten minutes in the booth with the higher number.
    private static func visits(_ sightings: [(second: Int64, hint: ZoneHint)]) throws -> [Visit] {
        let fixes = (0...60).map { (second: $0 * 10, x: 16.5, y: 11.5) }
        return VisitFinder(try Scene.venue()).visits(
            of: try Scene.segments(fixes),
            sightings: sightings.map { ZoneSighting(time: Scene.noon + $0.second * 1_000_000, hint: $0.hint) }
        )
    }

    @Test func aSightingMovesAStayIntoItsZone() throws {
        #expect(try Self.visits([]).map(\.zone) == [Scene.hall, Scene.booth13])
        let visits = try Self.visits([(300, Scene.hintOfBooth12)])
        #expect(visits.map(\.zone) == [Scene.hall, Scene.booth12])
        #expect(visits.allSatisfy { $0.probability >= 0.9 })
    }

    @Test func aSightingOfAHallSaysNothingAboutItsBooths() throws {
        let visits = try Self.visits([(300, Scene.hintOfHall)])
        #expect(visits.map(\.zone) == [Scene.hall, Scene.booth13])
        #expect(try visits.last?.probability == Self.visits([]).last?.probability)
    }

    @Test func sightingsAtOtherTimesDoNotCount() throws {
        #expect(try Self.visits([(-120, Scene.hintOfBooth12), (780, Scene.hintOfBooth12)]) == Self.visits([]))
    }

    @Test func unknownTransmittersDoNotCount() throws {
        #expect(try Self.visits([(300, ZoneHint(kind: .beacon, digest: 99))]) == Self.visits([]))
    }

    @Test func aTransmitterThatWasCarriedAwayDoesNotCount() throws {
        let fixes = (0...60).map { (second: $0 * 10, x: 2_000.0, y: 11.5) }
        let sighting = ZoneSighting(time: Scene.noon + 300_000_000, hint: Scene.hintOfBooth12)
        let finder = VisitFinder(try Scene.venue())
        #expect(try finder.visits(of: Scene.segments(fixes), sightings: [sighting]).isEmpty)
    }
}
