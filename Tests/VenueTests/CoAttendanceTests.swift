import Models
import Testing
import Venue

/// What two persons attended together.
@Suite struct CoAttendanceTests {
    private typealias Scene = VenueFixtures

    private static func plan() throws -> EventPlan {
        EventPlan(
            try Scene.venue(),
            sessions: [
                Scene.session(1, "Opening keynote", in: 4, 0..<60), Scene.session(2, "Maps", in: 4, 60..<120),
            ]
        )
    }

    private static func common(_ one: [Visit], _ other: [Visit], crowd: Int = 0) throws -> CoAttendance? {
        let plan = try plan()
        let (one, other) = (EventHistory(one, plan), EventHistory(other, plan))
        let counts = EventCounts([one, other] + (0..<crowd).map { _ in one })
        return CoAttendanceFinder(one, plan, counts).common(with: other)
    }

    @Test func findsSessionsAndZones() throws {
        let common = try Self.common(
            [
                Scene.visit(Scene.room, 0..<120), Scene.visit(Scene.hall, 120..<180),
                Scene.visit(Scene.booth12, 130..<140),
            ],
            [
                Scene.visit(Scene.room, 20..<120), Scene.visit(Scene.hall, 120..<150),
                Scene.visit(Scene.booth12, 135..<150),
            ]
        )
        #expect(common?.sessions.map(\.index) == [0, 1])
        #expect(common?.sessions.map(\.seconds) == [2_400, 3_600])
        #expect(common?.zones.map(\.index) == [Scene.hall, Scene.booth12])
        #expect(common?.zones.map(\.seconds) == [1_800, 300])
        #expect(common?.seconds == 7_800)
    }

    @Test func timeInASessionDoesNotCountForItsZone() throws {
        let visits = [Scene.visit(Scene.room, 0..<130)]
        let common = try Self.common(visits, visits)
        #expect(common?.sessions.map(\.index) == [0, 1])
        #expect(common?.zones.map(\.seconds) == [600])
    }

    @Test func differentTimesAtOneBoothAreNotTogether() throws {
        #expect(try Self.common([Scene.visit(Scene.booth12, 0..<10)], [Scene.visit(Scene.booth12, 10..<20)]) == nil)
    }

    @Test func aMinuteIsTheLeastTimeTogether() throws {
        let visit = Scene.visit(Scene.booth12, 0..<10)
        #expect(try Self.common([visit], [Scene.visit(Scene.booth12, 9..<20)])?.zones.map(\.seconds) == [60])
        let later = Visit(zone: Scene.booth12, start: Scene.time(9) + 1, end: Scene.time(20), probability: 1, stays: 1)
        #expect(try Self.common([visit], [later]) == nil)
    }

    @Test func smallSessionsCountMore() throws {
        let visits = [Scene.visit(Scene.room, 0..<60)]
        let (small, large) = (try Self.common(visits, visits), try Self.common(visits, visits, crowd: 300))
        #expect(try #require(small).weight > 4 * #require(large).weight)
    }

    @Test func saysWhy() throws {
        let plan = try Self.plan()
        func reason(_ visits: [Visit], near seconds: Double) throws -> String {
            plan.reason(for: try #require(try Self.common(visits, visits)), nearSeconds: seconds)
        }
        let (talks, booth) = (Scene.visit(Scene.room, 0..<120), Scene.visit(Scene.booth12, 130..<140))
        let (other, hall) = (Scene.visit(Scene.booth13, 150..<152), Scene.visit(Scene.hall, 121..<180))
        #expect(
            try reason([talks, booth, hall], near: 2_040) == "2 talks and Booth 12 together, 34 minutes near each other"
        )
        #expect(
            try reason([Scene.visit(Scene.room, 0..<60), booth, other], near: 0)
                == "“Opening keynote”, Booth 12 and Booth 13 together"
        )
        #expect(try reason([hall], near: 60) == "Hall together, 1 minute near each other")
    }
}
