import Geospatial
import Testing

@Suite struct MeanCoordinateTests {
    @Test(
        arguments: [
            ([(10, 20)], (10, 20)), ([(10, 20), (30, 40)], (20, 30)), ([(0, 0), (1, 1)], (1, 1)),
            ([(0, 0), (-1, -1)], (-1, -1)),
            ([(0, -30), (0, 10)], (0, -10)), ([(0, 1_800_000_000), (0, -1_800_000_000)], (0, 1_800_000_000)),
            ([(0, 1_799_999_990), (0, -1_799_999_970)], (0, -1_799_999_990)),
            ([(0, 1_799_999_970), (0, -1_799_999_990)], (0, 1_799_999_990)),
            ([(0, 1_799_999_970), (0, -1_799_999_990), (9, -1_799_999_980)], (3, 1_800_000_000)),
            ([(900_000_000, 0), (899_999_998, 5)], (899_999_999, 3)),
        ] as [([(Int32, Int32)], (Int32, Int32))]
    )
    func isBetweenThePoints(points: [(Int32, Int32)], mean: (Int32, Int32)) throws {
        let points = try points.map(coordinate)
        for order in [points, points.reversed()] {
            var sum = MeanCoordinate(try #require(order.first))
            for point in order.dropFirst() { sum.add(point) }
            #expect(sum.coordinate == (try coordinate(mean)))
        }
    }

    private func coordinate(_ place: (Int32, Int32)) throws -> Coordinate {
        try Coordinate(latitude: DegreesE7(rawValue: place.0), longitude: DegreesE7(rawValue: place.1))
    }
}
