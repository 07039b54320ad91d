import Models
import Presence
import Simulation
import Testing
import Venue

/// Attendance at a simulated event agrees with the true positions of its attendees.
@Suite struct SimulatedAttendanceTests {
    /// The F1 of the attended talks over all attendees; a talk is attended if half of it is spent in its room.
    @Test func agreesWithTheTruth() throws {
        var simulator = EventSimulator(
            SimulationConfiguration(attendees: 40, duration: 2 * 3_600, seed: 5, phoneDeviations: 1.5...4.5)
        )
        let start = simulator.configuration.start.microseconds
        let (rooms, slots) = (simulator.venue.rooms, simulator.programme.slots)
        let zones = try rooms.enumerated().map { try VenueFixtures.zone(Int32($0 + 1), "Room \($0)", $1.floor, .room) }
        let sessions = slots.indices.flatMap { slot in
            rooms.indices.map { room in
                ProgrammeSession(
                    id: SessionID(stored: Int32(slot * rooms.count + room + 1)),
                    code: "\(slot)-\(room)",
                    zone: ZoneID(stored: Int32(room + 1)),
                    time: Timestamp(
                        microseconds: start + Int64(slots[slot].start) * 1_000_000
                    )..<Timestamp(
                        microseconds: start + Int64(slots[slot].end) * 1_000_000
                    ),
                    title: "Talk"
                )
            }
        }
        var fixes: [Int: [Fix]] = [:]
        var seconds: [Int: [Int: Int]] = [:]
        var (deliveries, meetings): ([Delivery], [Meeting]) = ([], [])
        while try simulator.step(deliveries: &deliveries, meetings: &meetings) {
            if let slot = slots.firstIndex(where: { ($0.start..<$0.end).contains(simulator.now) }) {
                for attendee in simulator.attendees.indices {
                    guard let place = simulator.truePosition(of: attendee),
                        let room = rooms.firstIndex(where: { $0.floor.contains(place) })
                    else { continue }
                    seconds[attendee, default: [:]][slot * rooms.count + room, default: 0] += 1
                }
            }
        }
        for delivery in deliveries {
            fixes[delivery.attendee, default: []].append(
                Fix(
                    time: delivery.creationTime.microseconds,
                    coordinate: delivery.coordinate,
                    accuracy: delivery.accuracy?.metres ?? 0
                )
            )
        }
        let plan = EventPlan(try VenuePlan(zones), sessions: sessions)
        let finder = VisitFinder(plan.venue)
        var (common, found, actual) = (0, 0, 0)
        for attendee in simulator.attendees.indices {
            let chunks = Dictionary(grouping: fixes[attendee] ?? []) { TrailChunk.number(of: $0.time) }
            let segments = PersonSegments([
                chunks.sorted { $0.key < $1.key }.map { TrailChunk(of: TrailKey(person: Int32(attendee)), $0.value) }
            ])
            let own = Set(plan.attendances(of: finder.visits(of: segments)).map(\.session))
            let truth = Set(
                (seconds[attendee] ?? [:]).filter { session, seconds in
                    let slot = slots[session / rooms.count]
                    return 2 * seconds >= slot.end - slot.start
                }.keys
            )
            common += own.intersection(truth).count
            found += own.count
            actual += truth.count
        }
        #expect(actual >= 20)
        #expect(2 * Double(common) / Double(found + actual) >= 0.9)
    }
}
