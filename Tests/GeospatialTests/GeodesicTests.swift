import Geospatial
import Testing

@Suite struct GeodesicTests {
    private func point(_ latitude: Int32, _ longitude: Int32) throws -> Coordinate {
        try Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: longitude))
    }

    /// Flinders Peak to Buninyong: 54,972.271 m according to the Geocentric Datum of Australia Technical Manual.
    ///
    /// Its ellipsoid GRS 80 equals that of WGS 84 to a tenth of a millimetre. Rounding to degrees × 10⁷ costs up to a centimetre.
    @Test func agreesWithASurveyedLine() throws {
        let flindersPeak = try point(-379_510_334, 1_444_248_679)
        let buninyong = try point(-376_528_211, 1_439_264_955)
        #expect(abs(Geodesic.distance(from: flindersPeak, to: buninyong) - 54_972.271) < 0.02)
    }

    /// Exact values: a quarter meridian is 10,001,965.729 m, and a degree of the equator is a π / 180.
    @Test func agreesWithTheEllipsoid() throws {
        let pole = try point(900_000_000, 123_456_789)
        #expect(abs(Geodesic.distance(from: try point(0, 0), to: pole) - 10_001_965.729) < 0.001)
        let degree = Geodesic.distance(from: try point(0, 1_795_000_000), to: try point(0, -1_795_000_000))
        #expect(abs(degree - Geodesic.equatorialRadius * .pi / 180) < 1e-6)
    }

    @Test func isZeroOnlyForEqualPoints() throws {
        #expect(Geodesic.distance(from: try point(1, 2), to: try point(1, 2)) == 0)
        #expect(Geodesic.distance(from: try point(0, 1_800_000_000), to: try point(0, -1_800_000_000)) < 1e-8)
        #expect(Geodesic.distance(from: try point(900_000_000, 5), to: try point(900_000_000, 999)) < 1e-8)
        #expect(Geodesic.distance(from: try point(0, 0), to: try point(0, 1)) > 0.011)
    }
}
