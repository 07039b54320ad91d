import Geospatial
import Proximity
import Simulation
import Testing

@Suite struct SurroundingCellsTests {
    private static let places: [(latitude: Int32, longitude: Int32)] = [
        (375_536_300, -1_222_908_830), (0, 0), (0, 1_800_000_000), (515_000_000, -1_800_000_000),
        (900_000_000, 0), (-900_000_000, 77), (899_999_900, 1_799_999_000), (599_999_990, 100),
    ]

    @Test(arguments: [0.0, 0.02, 5, 30, 1_000, 10_000], places.indices)
    func containEverythingWithinTheRadius(radius: Double, place: Int) throws {
        let center = Self.places[place]
        var generator = Xoshiro256(seed: UInt64(place) * 100_000 + UInt64(radius * 10))
        let trail = try (0..<40).map { _ in try scattered(round: center, by: radius * 4, using: &generator) }
        let runs = SurroundingCells(round: trail + trail.prefix(5), radius: radius).runs
        var hits = 0
        for index in 0..<300 {
            let point = index < 20 ? trail[index] : try scattered(round: center, by: radius * 5, using: &generator)
            guard trail.contains(where: { Geodesic.distance(from: $0, to: point) <= radius }) else { continue }
            hits += 1
            #expect(runs.contains { $0.contains(GridCell(point)) }, "\(point)")
        }
        #expect(hits >= 20)
    }

    @Test func noPointsGiveNoCells() {
        #expect(SurroundingCells(round: [], radius: 5).runs.isEmpty)
    }

    @Test func rangesAreOrderedAndDisjoint() throws {
        var generator = Xoshiro256(seed: 31)
        let trail = try (0..<500).map { _ in
            try scattered(round: (480_000_000, 20_000_000), by: 2_000, using: &generator)
        }
        let runs = SurroundingCells(round: trail, radius: 50).runs
        #expect(runs.count > 10)
        for (run, next) in zip(runs, runs.dropFirst()) {
            #expect(run.upperBound.rawValue + 1 < next.lowerBound.rawValue)
        }
    }

    @Test func aLargeRadiusNeedsFewRanges() throws {
        var generator = Xoshiro256(seed: 40)
        let trail = try (0..<5_000).map { _ in
            try scattered(round: (480_000_000, 20_000_000), by: 500, using: &generator)
        }
        #expect(SurroundingCells(round: trail, radius: 10_000).runs.count < 1_500)
    }

    /// A random point within about `metres` of a place, possibly across a pole or the antimeridian.
    private func scattered(
        round place: (latitude: Int32, longitude: Int32),
        by metres: Double,
        using generator: inout Xoshiro256
    ) throws -> Coordinate {
        let steps = metres / 0.0111 + 3
        var latitude = Int64(place.latitude) + Int64(Double.random(in: -steps...steps, using: &generator))
        var longitude = Int64(place.longitude)
        if abs(latitude) > 900_000_000 {
            latitude = (latitude > 0 ? 1_800_000_000 : -1_800_000_000) - latitude
            longitude += 1_800_000_000
        }
        let isPolar = abs(latitude) > 899_000_000
        longitude += Int64(
            isPolar
                ? .random(in: -1.8e9...1.8e9, using: &generator) : .random(in: -steps...steps, using: &generator) * 1.5
        )
        longitude = (longitude + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
        return try Coordinate(
            latitude: DegreesE7(rawValue: Int32(latitude)),
            longitude: DegreesE7(rawValue: Int32(longitude))
        )
    }
}
