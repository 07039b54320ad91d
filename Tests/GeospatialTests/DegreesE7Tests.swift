import Geospatial
import Simulation
import Testing

@Suite struct DegreesE7Tests {
    @Test(arguments: [
        ("0", 0), ("-0", 0), ("37.55363", 375_536_300), ("-122.2908830", -1_222_908_830), ("1e2", 1_000_000_000),
        ("3.755363E1", 375_536_300), ("12.5e-1", 12_500_000), (".5", 5_000_000), ("5.", 50_000_000), ("+7", 70_000_000),
        // Exact in decimal, but not in binary floating point.
        ("0.0000001", 1), ("179.9999999", 1_799_999_999), ("35.0585195", 350_585_195),
        // Halves round away from zero, but numbers just below do not.
        ("0.00000005", 1), ("-0.00000005", -1), ("0.000000049999999999999999999999999", 0),
        ("0.00000015", 2), ("1.00000004999", 10_000_000),
        ("0.00000000000000000000000000000001", 0), ("1e-400", 0), ("0e99999", 0),
        ("00000000000000000000000000000012.5", 125_000_000), ("90.00000000000000000000000000000000001", 900_000_000),
    ])
    func readsDecimalText(text: String, expected: Int32) throws {
        #expect(try DegreesE7(decimal: text.utf8).rawValue == expected)
    }

    @Test(arguments: [
        "", "-", ".", "e5", "1e", "1e+", "1.2.3", "12a", "NaN", "inf", "0x10", " 1", "1 ", "1,5", "--1", "١",
    ])
    func rejectsInvalidNumbers(text: String) {
        #expect(throws: DegreesError.malformed) { try DegreesE7(decimal: text.utf8) }
    }

    @Test(arguments: ["215", "-214.8", "1e9", "99999999999999999999999999", "1e400"])
    func rejectsNumbersOutOfRange(text: String) {
        #expect(throws: DegreesError.outOfRange) { try DegreesE7(decimal: text.utf8) }
    }

    @Test(arguments: [
        (0, "0"), (1, "0.0000001"), (-1, "-0.0000001"), (350_000_000, "35"), (-1_222_908_830, "-122.290883"),
        (1_800_000_000, "180"), (10_000_100, "1.00001"),
    ])
    func writesTheShortestText(value: Int32, expected: String) {
        #expect(DegreesE7(rawValue: value).description == expected)
    }

    @Test func everyValueSurvivesTextAndDouble() throws {
        var generator = Xoshiro256(seed: 7)
        for _ in 0..<100_000 {
            let angle = DegreesE7(rawValue: .random(in: -1_800_000_000...1_800_000_000, using: &generator))
            #expect(try DegreesE7(decimal: angle.description.utf8) == angle)
            #expect(DegreesE7(degrees: angle.degrees) == angle)
            // The shortest text of the Double is the same decimal number, so that other programs read the same point.
            #expect(try DegreesE7(decimal: angle.degrees.description.utf8) == angle)
        }
    }

    @Test func rejectsDoublesOutOfRange() {
        #expect(DegreesE7(degrees: .nan) == nil)
        #expect(DegreesE7(degrees: .infinity) == nil)
        #expect(DegreesE7(degrees: 215) == nil)
    }
}
