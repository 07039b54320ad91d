/// The pseudo-random generator xoshiro256**, with the same numbers for a seed on every machine and toolchain.
///
/// Source: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number generators", ACM TOMS 47 (2021), and their
/// public-domain C at prng.di.unimi.it. The draws below use only integer arithmetic and IEEE-exact operations (no
/// logarithm, no cosine), because two C libraries differ in the last bit, and a simulation would diverge.
package struct Xoshiro256: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Starts from a full state, which must not be all zero.
    package init(state: (UInt64, UInt64, UInt64, UInt64)) {
        self.state = state
    }

    /// Starts from a seed, spread over the state by SplitMix64 as the authors advise.
    ///
    /// - Parameters:
    ///   - seed: any number.
    ///   - stream: tells independent generators of one seed apart, for instance one for each person.
    package init(seed: UInt64, stream: UInt64 = 0) {
        var mixer = SplitMix64(seed: seed)
        if stream != 0 { mixer = SplitMix64(seed: mixer.next() ^ stream &* 0xD134_2543_DE82_EF95) }
        state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        let result = Self.rotate(state.1 &* 5, by: 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, by: 45)
        return result
    }

    private static func rotate(_ value: UInt64, by count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }
}

/// The generator SplitMix64, which turns one number into a state for another generator.
///
/// Source: G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
package struct SplitMix64: Sendable {
    private var state: UInt64

    /// Starts from a seed, which may be zero.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
