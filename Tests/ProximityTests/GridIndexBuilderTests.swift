import Geospatial
import Models
import Simulation
import Testing

@testable import Proximity

@Suite struct GridIndexBuilderTests {
    private static let place: (latitude: Int32, longitude: Int32) = (480_000_000, 20_000_000)

    @Test(arguments: [1, 7, 1_000, 5_000])
    func equalsAnIndexBuiltAtOnce(piece: Int) throws {
        var crowd = Crowd(seed: 31)
        var generator = Xoshiro256(seed: UInt64(piece))
        let locations = crowd.locations(5_000, round: Self.place, by: 50).shuffled(using: &generator)
        let builder = GridIndexBuilder(from: nil, maximumCount: .max)
        for start in stride(from: 0, to: locations.count, by: piece) {
            builder.add(Array(locations[start...].prefix(piece)))
        }
        let (index, whole) = (builder.finish(), GridIndex(locations))
        #expect(index.count == whole.count)
        let window = try #require(TimeWindow(start: Crowd.start, end: Crowd.start.advanced(by: 300_000)))
        for person in Crowd.persons {
            #expect(index.trail(of: person, in: window) == whole.trail(of: person, in: window))
        }
    }

    @Test func sortsADayThatSeemsComplete() throws {
        // 200,000 locations on each of three days, one day after another.
        let day: Int64 = 86_400_000_000
        let builder = GridIndexBuilder(from: nil, maximumCount: 450_000)
        for number in 0..<12 as Range<Int64> {
            builder.add(
                try (0..<50_000 as Range<Int64>).map { index in
                    Location(
                        id: try #require(LocationID(partition: 0, offset: number * 50_000 + index)),
                        report: LocationReport(
                            personID: Crowd.persons[0],
                            coordinate: try Coordinate(
                                latitude: DegreesE7(rawValue: Int32(index)),
                                longitude: DegreesE7(rawValue: 1)
                            ),
                            creationTime: Timestamp(microseconds: day * (number / 4) + index * 4 + number % 4)
                        )
                    )
                }
            )
        }
        let index = builder.finish()
        #expect(index.segmentCount == 2)
        // The first day was evicted.
        #expect(index.count == 400_000)
        #expect(index.firstDay == CalendarDate(daysSince1970: 1))
    }
}
