import Models
import Presence
import Simulation
import Venue

/// A simulated event with zones: the fixes of all phones, and the true time of each attendee in each zone.
struct VisitsData {
    /// The zones: halls, rooms, cafés and canteens, and in front of each stand 9 m² on which its visitors stand.
    let zones: [Zone]
    /// The fixes of each phone, in the order of arrival.
    let trails: [TrailKey: [Fix]]
    /// The true visits of each person.
    let truth: [Int32: [TrueVisit]]

    /// An attendee's true time in a zone.
    struct TrueVisit {
        let zone: Int
        let start: Int64
        var end: Int64
        /// The time inside without the absences, in seconds.
        var inside = 1.0
    }

    /// Simulates an event.
    ///
    /// - Parameters:
    ///   - configuration: the event.
    ///   - rule: absences up to its gap do not end a true visit; visits with less time inside than its least do not count: a
    ///     person who passes a booth twice does not visit it.
    /// - Throws: ``CoordinateError`` if a coordinate is out of range, which does not occur.
    init(_ configuration: SimulationConfiguration, rule: VisitRule) throws {
        var simulator = EventSimulator(configuration)
        let floors = simulator.places
        zones = try floors.enumerated().map { index, floor in
            let ring = try (floor.area.corners + [floor.area.origin]).map { try Site.coordinate(of: $0) }
            return Zone(
                id: ZoneID(stored: Int32(index + 1)),
                code: floor.code,
                name: floor.name,
                kind: floor.kind,
                area: ZoneArea([[ring]])
            )
        }
        var trails: [TrailKey: [Fix]] = [:]
        var open: [Int32: [Int: TrueVisit]] = [:]
        var closed: [Int32: [TrueVisit]] = [:]
        var (deliveries, meetings): ([Delivery], [Meeting]) = ([], [])
        let gap = Int64(rule.gap * 1_000_000)
        while try simulator.step(deliveries: &deliveries, meetings: &meetings) {
            let now = configuration.start.microseconds + Int64(simulator.now) * 1_000_000
            for attendee in simulator.attendees.indices {
                guard let place = simulator.truePosition(of: attendee) else { continue }
                let person = Int32(attendee + 1)
                for (zone, floor) in floors.enumerated() where floor.area.contains(place) {
                    if var visit = open[person]?[zone], now - visit.end <= gap {
                        visit.end = now
                        visit.inside += 1
                        open[person]?[zone] = visit
                        continue
                    }
                    if let over = open[person]?[zone] { closed[person, default: []].append(over) }
                    open[person, default: [:]][zone] = TrueVisit(zone: zone, start: now, end: now)
                }
            }
            for delivery in deliveries {
                let key = TrailKey(person: Int32(delivery.attendee + 1), device: Int32(delivery.device + 1))
                trails[key, default: []].append(
                    Fix(
                        time: delivery.creationTime.microseconds,
                        coordinate: delivery.coordinate,
                        accuracy: delivery.accuracy?.metres ?? 0
                    )
                )
            }
            deliveries.removeAll(keepingCapacity: true)
            meetings.removeAll(keepingCapacity: true)
        }
        for (person, visits) in open { closed[person, default: []] += visits.values }
        self.trails = trails
        truth = closed.mapValues { visits in
            visits.filter { $0.inside >= rule.least }.sorted { $0.start < $1.start }
        }
    }

    /// The segments of each person, in ascending order of persons.
    func segments() -> [(person: Int32, segments: PersonSegments)] {
        let devices = trails.sorted { $0.key < $1.key }.map { key, fixes in
            let chunks = Dictionary(grouping: fixes) { TrailChunk.number(of: $0.time) }
            return (key.person, chunks.sorted { $0.key < $1.key }.map { TrailChunk(of: key, $0.value) })
        }
        return Dictionary(grouping: devices) { $0.0 }.sorted { $0.key < $1.key }
            .map { ($0.key, PersonSegments($0.value.map(\.1))) }
    }
}
