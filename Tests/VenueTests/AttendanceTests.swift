import Models
import Testing
import Venue

/// Attendance follows from visits.
@Suite struct AttendanceTests {
    private typealias Scene = VenueFixtures

    private static func plan(_ sessions: [ProgrammeSession]) throws -> EventPlan {
        EventPlan(try Scene.venue(), sessions: sessions)
    }

    @Test func halfOfASessionIsAttendance() throws {
        let plan = try Self.plan([Scene.session(1, "Keynote", in: 4, 0..<60)])
        let attended = plan.attendances(of: [Scene.visit(Scene.room, -10..<10), Scene.visit(Scene.room, 20..<40)])
        #expect(attended.map(\.session) == [0])
        #expect(attended.map(\.share) == [0.5])
        #expect(attended.map(\.seconds) == [1_800])
        #expect(plan.attendances(of: [Scene.visit(Scene.room, 0..<29)]).isEmpty)
        #expect(plan.attendances(of: [Scene.visit(Scene.hall, 0..<60)]).isEmpty)
    }

    @Test func overlappingVisitsCountOnce() throws {
        let plan = try Self.plan([Scene.session(1, "Keynote", in: 4, 0..<60)])
        #expect(plan.attendances(of: [Scene.visit(Scene.room, 0..<20), Scene.visit(Scene.room, 5..<25)]).isEmpty)
    }

    @Test func visitsOfZonesInsideCount() throws {
        let plan = try Self.plan([Scene.session(1, "Opening", in: 1, 0..<60)])
        #expect(plan.attendances(of: [Scene.visit(Scene.booth12, 0..<45)]).map(\.share) == [0.75])
    }

    @Test func sessionsWithoutAZoneOrADurationHaveNoAttendance() throws {
        let plan = try Self.plan([
            Scene.session(1, "Party", in: nil, 0..<60), Scene.session(2, "Bell", in: 4, 10..<10),
            Scene.session(3, "Elsewhere", in: 77, 0..<60),
        ])
        #expect(plan.attendances(of: [Scene.visit(Scene.room, 0..<60)]).isEmpty)
    }

    @Test func cyclesOfParentsEnd() throws {
        let area = try Scene.venue().zones[0].area
        let zones = [(Int32(1), Int32(2)), (2, 1)].map { id, parent in
            Zone(
                id: ZoneID(stored: id),
                code: "\(id)",
                name: "Zone \(id)",
                kind: .hall,
                parent: ZoneID(stored: parent),
                area: area
            )
        }
        #expect(try VenuePlan(zones).ancestors == [[1], [0]])
    }

    @Test func intervalsHaveNoPartTwice() {
        let one = Intervals([0..<10, 5..<20, 30..<40])
        #expect(one.ranges == [0..<20, 30..<40])
        #expect(one.intersection(Intervals([15..<35])).ranges == [15..<20, 30..<35])
        #expect(one.subtracting(Intervals([5..<6, 10..<35])).ranges == [0..<5, 6..<10, 35..<40])
        #expect(one.clamped(to: 19..<31).ranges == [19..<20, 30..<31])
        #expect(one.clamped(to: 50..<60).ranges.isEmpty)
    }
}
