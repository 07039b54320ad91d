import Models
import Testing

@Suite struct AccuracyTests {
    @Test(
        arguments: [
            (0, 1), (-0.0, 1), (1e-300, 1), (1, 1), (1.000_000_1, 2), (4.2, 5), (30, 30), (65_534.01, 65_535),
            (65_536, 65_535), (1e300, 65_535),
        ] as [(Double, UInt16)]
    )
    func roundsUpToWholeMetres(metres: Double, expected: UInt16) {
        #expect(Accuracy(metres: metres)?.metres == expected)
    }

    @Test(arguments: [-1, -1e-300, .infinity, -.infinity, .nan] as [Double])
    func rejectsInvalidDistances(metres: Double) {
        #expect(Accuracy(metres: metres) == nil)
    }

    @Test(arguments: [(-1, nil), (0, nil), (1, 1), (65_535, 65_535), (65_536, nil)] as [(Int32, UInt16?)])
    func readsStoredMetres(metres: Int32, expected: UInt16?) {
        #expect(Accuracy(wholeMetres: metres)?.metres == expected)
    }

    @Test func isOrderedByRadius() throws {
        #expect(try #require(Accuracy(metres: 3)) < #require(Accuracy(metres: 3.5)))
    }

    @Test func addsNoSizeToAReport() {
        // 24 bytes without telemetry, which takes 7.
        #expect(MemoryLayout<LocationReport>.stride == 32)
    }
}
