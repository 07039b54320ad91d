extension Xoshiro256 {
    /// A number in 0..<1, a multiple of 2⁻⁵³.
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A uniformly distributed number of a range.
    package mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// An integer in `0..<bound`, each equally likely.
    ///
    /// Source: D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
    package mutating func integer(below bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// An integer of a range, each equally likely.
    package mutating func integer(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + integer(below: range.count)
    }

    /// `true` with a probability from 0 to 1.
    package mutating func chance(_ probability: Double) -> Bool {
        unit() < probability
    }

    /// An element of a list, each equally likely; `nil` if there is none.
    package mutating func element<Element>(of list: [Element]) -> Element? {
        list.isEmpty ? nil : list[integer(below: list.count)]
    }

    /// A number of mean 0 and variance 1, in all but the outermost tails normally distributed.
    ///
    /// Twelve uniform numbers less six (the Irwin–Hall distribution): its fourth moment is 2.9 where the normal
    /// distribution's is 3, and it is limited to ±6, which does not matter here.
    package mutating func normal() -> Double {
        var sum: UInt64 = 0
        for _ in 0..<6 {
            let bits = next()
            sum += bits >> 32 + bits & 0xFFFF_FFFF
        }
        // Twelve halves of a step make the mean exactly zero, because each number is in the middle of its step of 2⁻³².
        return (Double(sum) + 6) * 0x1p-32 - 6
    }

    /// Orders a list at random, each order equally likely (Fisher and Yates).
    package mutating func shuffle<Element>(_ list: inout [Element]) {
        for index in list.indices.dropFirst().reversed() { list.swapAt(index, integer(below: index + 1)) }
    }
}
