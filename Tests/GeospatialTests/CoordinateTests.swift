import Geospatial
import Testing

@Suite struct CoordinateTests {
    private func degrees(_ value: Double) throws -> DegreesE7 {
        try #require(DegreesE7(degrees: value))
    }

    @Test func namesTheAngleOutOfRange() throws {
        let (zero, ninety, beyond) = (try degrees(0), try degrees(90), try degrees(90.0000001))
        _ = try Coordinate(latitude: ninety, longitude: try degrees(-180))
        #expect(throws: CoordinateError.latitudeOutOfRange) { try Coordinate(latitude: beyond, longitude: zero) }
        let far = try degrees(180.0000001)
        #expect(throws: CoordinateError.longitudeOutOfRange) { try Coordinate(latitude: zero, longitude: far) }
    }

    @Test func swapsAxesOnlyIfTheOrderIsImpossible() throws {
        let sample = try Coordinate.normalizingAxes(latitude: degrees(-122.2), longitude: degrees(37.5))
        #expect(sample.wereExchanged)
        #expect(try sample.coordinate == Coordinate(latitude: degrees(37.5), longitude: degrees(-122.2)))

        // If both orders are valid, the sender's order counts.
        let ambiguous = try Coordinate.normalizingAxes(latitude: degrees(35), longitude: degrees(-80))
        #expect(!ambiguous.wereExchanged)
        #expect(try ambiguous.coordinate.latitude == degrees(35))

        let (wide, high) = (try degrees(-122), try degrees(100))
        #expect(throws: CoordinateError.latitudeOutOfRange) {
            try Coordinate.normalizingAxes(latitude: wide, longitude: high)
        }
    }
}
