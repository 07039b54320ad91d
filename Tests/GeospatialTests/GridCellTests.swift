import Geospatial
import Simulation
import Testing

@Suite struct GridCellTests {
    /// Databases store these numbers, so they must never change.
    @Test(
        arguments: [
            (0, 0, 921_600_616_762), (375_536_300, -1_222_908_830, 1_306_148_490_422), (-900_000_000, 0, 3),
            (900_000_000, 1_800_000_000, 1_843_199_475_712), (650_000_000, 100_000_000, 1_587_198_497_787),
        ] as [(Int32, Int32, Int64)]
    )
    func cellNumberingIsStable(latitude: Int32, longitude: Int32, cell: Int64) throws {
        #expect(GridCell(try point(latitude, longitude)).rawValue == cell)
    }

    @Test func theAntimeridianHasOneCell() throws {
        for latitude: Int32 in [0, 610_000_000, -890_000_000] {
            #expect(
                GridCell(try point(latitude, 1_800_000_000)) == GridCell(try point(latitude, -1_800_000_000))
            )
        }
    }

    @Test func cellsAreAFewMetresWideAtEveryLatitude() throws {
        for degree in 0..<89 {
            for sign: Int32 in [-1, 1] {
                let latitude = sign * (Int32(degree) * 10_000_000 + 5_000_000)
                var width: Int32 = 0
                let start = GridCell(try point(latitude, 0))
                while GridCell(try point(latitude, width)) == start { width += 64 }
                var next = width
                while GridCell(try point(latitude, next)) == GridCell(try point(latitude, width)) { next += 64 }
                let metres = Geodesic.distance(from: try point(latitude, width), to: try point(latitude, next))
                #expect((11.0...24.5).contains(metres), "at latitude \(latitude)")
            }
        }
    }

    /// The purpose of the grid: the box's ranges contain every point within the radius.
    @Test(arguments: [0.0, 0.5, 5, 100, 10_000])
    func rangesCoverTheCircle(radius: Double) throws {
        var generator = Xoshiro256(seed: 42)
        let latitudes: [Int32] = [0, 1, 600_000_000, 599_999_999, -755_224_879, 899_999_000, 899_999_999, 900_000_000]
        let longitudes: [Int32] = [0, 1_800_000_000, -1_800_000_000, 1_799_999_990, -1_799_999_999]
        for _ in 0..<400 {
            let center = try point(
                Bool.random(using: &generator)
                    ? .random(in: -900_000_000...900_000_000, using: &generator)
                    : latitudes.randomElement(using: &generator) ?? 0,
                Bool.random(using: &generator)
                    ? .random(in: -1_800_000_000...1_800_000_000, using: &generator)
                    : longitudes.randomElement(using: &generator) ?? 0
            )
            let box = BoundingBox(center: center, radius: radius)
            var runs: [ClosedRange<GridCell>] = []
            GridCell.forEachRun(in: box) { runs.append($0) }
            #expect(runs.contains { $0.contains(GridCell(center)) })
            for _ in 0..<20 {
                let near = try neighbor(of: center, within: radius, using: &generator)
                guard Geodesic.distance(from: center, to: near) <= radius else { continue }
                #expect(box.latitudes.contains(near.latitude.rawValue), "\(center) \(near)")
                #expect(runs.contains { $0.contains(GridCell(near)) }, "\(center) \(near)")
            }
        }
    }

    @Test func coversATightCircleWithFewCells() throws {
        var cells = 0
        GridCell.forEachRun(in: BoundingBox(center: try point(480_000_000, 20_000_000), radius: 5)) { run in
            cells += Int(run.upperBound.rawValue - run.lowerBound.rawValue) + 1
        }
        #expect((1...6).contains(cells))
    }

    private func point(_ latitude: Int32, _ longitude: Int32) throws -> Coordinate {
        try Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: longitude))
    }

    /// A point at about the radius, possibly across a pole or the antimeridian.
    private func neighbor(
        of center: Coordinate,
        within radius: Double,
        using generator: inout Xoshiro256
    ) throws -> Coordinate {
        let steps = radius / 0.0111 + 1
        var latitude = Double(center.latitude.rawValue) + .random(in: -steps...steps, using: &generator)
        var longitude = Double(center.longitude.rawValue)
        if abs(latitude) > 900_000_000 {
            latitude = (latitude > 0 ? 1_800_000_000 : -1_800_000_000) - latitude
            longitude += 1_800_000_000
        }
        if abs(latitude) > 899_900_000 {
            longitude += .random(in: -1_800_000_000...1_800_000_000, using: &generator)
        } else {
            // At 89.99°, a step of longitude is 1/5,730 of one at the equator.
            let shrink = max(1 - abs(latitude) / 900_000_000, 0.0001)
            longitude += .random(in: -steps...steps, using: &generator) / min(1, shrink * 1.5)
        }
        while longitude > 1_800_000_000 { longitude -= 3_600_000_000 }
        while longitude < -1_800_000_000 { longitude += 3_600_000_000 }
        return try point(Int32(latitude), Int32(longitude))
    }
}
