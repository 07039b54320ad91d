import Simulation
import Testing

@Suite struct Xoshiro256Tests {
    /// Source: the test vectors of rust-random's `rand_xoshiro`, made with the authors' C from the state 1, 2, 3, 4.
    @Test func givesTheReferenceSequence() {
        var generator = Xoshiro256(state: (1, 2, 3, 4))
        let expected: [UInt64] = [
            11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
            16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777,
            2_904_607_092_377_533_576,
        ]
        for value in expected { #expect(generator.next() == value) }
    }

    /// Source: the values for the seed 1234567 that Java's `SplittableRandom` and the authors' C agree on.
    @Test func mixesSeedsAsTheReferenceDoes() {
        var generator = SplitMix64(seed: 1_234_567)
        let expected: [UInt64] = [
            6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
        ]
        for value in expected { #expect(generator.next() == value) }
    }

    @Test func streamsOfOneSeedDiffer() {
        var first = Xoshiro256(seed: 7, stream: 1)
        var second = Xoshiro256(seed: 7, stream: 2)
        var again = Xoshiro256(seed: 7, stream: 1)
        let numbers = (0..<8).map { _ in first.next() }
        #expect(numbers == (0..<8).map { _ in again.next() })
        #expect(Set(numbers).isDisjoint(with: (0..<8).map { _ in second.next() }))
    }

    @Test(arguments: [1, 2, 3, 7, 1000]) func drawsEveryIntegerBelowTheBoundEquallyOften(bound: Int) {
        var generator = Xoshiro256(seed: 42)
        var counts = [Int](repeating: 0, count: bound)
        let draws = 200 * bound
        for _ in 0..<draws { counts[generator.integer(below: bound)] += 1 }
        // A count has a mean of 200 and a deviation of about 14; five deviations among a thousand counts are rare.
        for count in counts { #expect(abs(count - 200) < 75) }
    }

    @Test func drawsNormalNumbers() {
        var generator = Xoshiro256(seed: 3)
        let count = 200_000
        var moments = (first: 0.0, second: 0.0, fourth: 0.0)
        var withinOne = 0
        for _ in 0..<count {
            let value = generator.normal()
            moments.first += value
            moments.second += value * value
            moments.fourth += value * value * value * value
            if abs(value) < 1 { withinOne += 1 }
        }
        let scale = 1 / Double(count)
        #expect(abs(moments.first * scale) < 0.01)
        #expect(abs(moments.second * scale - 1) < 0.015)
        #expect(abs(moments.fourth * scale - 2.9) < 0.1)
        #expect(abs(Double(withinOne) * scale - 0.6827) < 0.01)
    }

    @Test func shufflesWithoutLoss() {
        var generator = Xoshiro256(seed: 1)
        var list = Array(0..<100)
        generator.shuffle(&list)
        #expect(list != Array(0..<100))
        #expect(list.sorted() == Array(0..<100))
    }
}
