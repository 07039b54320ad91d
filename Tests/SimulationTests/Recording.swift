import Geospatial
import Models
import Simulation

/// A complete event, with the true position of each attendee in each second.
struct Recording {
    private(set) var simulator: EventSimulator
    private(set) var deliveries: [Delivery] = []
    private(set) var meetings: [Meeting] = []
    private(set) var positions: [[Point?]] = []

    init(_ configuration: SimulationConfiguration, withPositions: Bool = true) throws {
        simulator = EventSimulator(configuration)
        var goesOn = true
        while goesOn {
            goesOn = try simulator.step(deliveries: &deliveries, meetings: &meetings)
            if withPositions, simulator.now <= configuration.duration {
                positions.append(simulator.attendees.indices.map { simulator.truePosition(of: $0) })
            }
        }
    }

    /// A digest of all deliveries in order (FNV-1a).
    var digest: UInt64 {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for delivery in deliveries {
            let numbers = [
                Int64(delivery.attendee), Int64(delivery.coordinate.latitude.rawValue),
                Int64(delivery.coordinate.longitude.rawValue), delivery.creationTime.microseconds,
            ]
            for number in numbers { digest = (digest ^ UInt64(bitPattern: number)) &* 0x100_0000_01B3 }
        }
        return digest
    }

    /// A point of the plan, by the geodesics along the meridian and the parallel through its corner.
    static func plan(_ coordinate: Coordinate) -> Point {
        guard let corner = try? Site.coordinate(of: Point(0, 0)),
            let north = try? Coordinate(latitude: coordinate.latitude, longitude: corner.longitude),
            let east = try? Coordinate(latitude: corner.latitude, longitude: coordinate.longitude)
        else { return Point(.nan, .nan) }
        return Point(
            Geodesic.distance(from: corner, to: east) * (coordinate.longitude < corner.longitude ? -1 : 1),
            Geodesic.distance(from: corner, to: north) * (coordinate.latitude < corner.latitude ? -1 : 1)
        )
    }
}
