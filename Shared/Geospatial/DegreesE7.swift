/// An angle in degrees × 10⁷, the fixed-point form of GPS chips and map formats: a step is 1.1 cm on a meridian.
///
/// The queue, the database and the index hold this integer, so they agree to the last bit.
package struct DegreesE7: Hashable, Comparable, Sendable {
    /// Degrees × 10⁷.
    package let rawValue: Int32

    /// Steps in a degree.
    package static let perDegree = 10_000_000

    /// An angle from degrees × 10⁷.
    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The nearest step to a number of degrees; `nil` if that is not finite or beyond ±214°.
    package init?(degrees: Double) {
        guard let value = Int32(exactly: (degrees * Double(Self.perDegree)).rounded()) else { return nil }
        rawValue = value
    }

    /// Parses decimal text such as `-122.290883` or `3.7e1`, without a binary float in between.
    ///
    /// Digits after the seventh decimal round to the nearest step, halves away from zero.
    ///
    /// - Throws: ``DegreesError/malformed`` if the text is not a decimal number, ``DegreesError/outOfRange`` beyond
    ///   ±214°.
    package init(decimal text: some Collection<UInt8>) throws(DegreesError) {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }

        // The significant digits as an integer, and its power of ten. Nineteen digits always fit. Further digits are
        // less than one unit of the last digit, so they cannot turn another value into a half.
        var mantissa: UInt64 = 0
        var exponent = DegreesE7.decimals
        var hasDigits = false
        var hasPoint = false
        while let byte = digits.first {
            if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else if byte &- UInt8(ascii: "0") < 10 {
                hasDigits = true
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa * 10 + UInt64(byte &- UInt8(ascii: "0"))
                    if hasPoint { exponent -= 1 }
                } else if !hasPoint {
                    exponent += 1
                }
            } else {
                break
            }
            digits.removeFirst()
        }
        guard hasDigits else { throw .malformed }
        if let byte = digits.first {
            guard byte | 0x20 == UInt8(ascii: "e") else { throw .malformed }
            exponent += try DegreesE7.exponent(in: digits.dropFirst())
        }
        let magnitude = try DegreesE7.scale(mantissa, exponent: exponent)
        rawValue = isNegative ? -magnitude : magnitude
    }

    /// The nearest step to a parsed decimal number, ± digits × 10^−decimals; halves away from zero.
    ///
    /// `nil` beyond ±214°.
    package init?(digits: UInt64, decimals: Int, isNegative: Bool) {
        guard let magnitude = try? DegreesE7.scale(digits, exponent: DegreesE7.decimals - decimals) else { return nil }
        rawValue = isNegative ? -magnitude : magnitude
    }

    /// The angle in degrees: the `Double` nearest to the decimal number, as every other reader gets it.
    package var degrees: Double {
        Double(rawValue) / Double(Self.perDegree)
    }

    package static func < (left: DegreesE7, right: DegreesE7) -> Bool {
        left.rawValue < right.rawValue
    }

    private static let decimals = 7

    private static func exponent(in text: some Collection<UInt8>) throws(DegreesError) -> Int {
        var digits = text[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard !digits.isEmpty else { throw .malformed }
        var value = 0
        for byte in digits {
            guard byte &- UInt8(ascii: "0") < 10 else { throw .malformed }
            // Beyond four digits, the number is zero or out of range in any case.
            value = min(value * 10 + Int(byte &- UInt8(ascii: "0")), 10_000)
        }
        return isNegative ? -value : value
    }

    private static func scale(_ mantissa: UInt64, exponent: Int) throws(DegreesError) -> Int32 {
        var value = mantissa
        if exponent >= 0 {
            for _ in 0..<exponent where value != 0 {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                guard !overflow else { throw .outOfRange }
                value = product
            }
        } else {
            // A number of nineteen digits that is divided by 10²⁰ is less than half a step.
            guard exponent >= -19 else { return 0 }
            var divisor: UInt64 = 1
            for _ in 0..<(-exponent) { divisor &*= 10 }
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
            value = remainder >= divisor - remainder ? quotient + 1 : quotient
        }
        guard let magnitude = Int32(exactly: value) else { throw .outOfRange }
        return magnitude
    }
}

extension DegreesE7: CustomStringConvertible {
    /// The shortest decimal text that parses to the same value, such as `37.5`, `-0.0000001` or `35`.
    package var description: String {
        let magnitude = rawValue.magnitude
        let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: UInt32(Self.perDegree))
        var text = rawValue < 0 ? "-" : ""
        text += String(whole)
        guard fraction != 0 else { return text }
        var digits = fraction
        var width = Self.decimals
        while digits % 10 == 0 {
            digits /= 10
            width -= 1
        }
        let fractionText = String(digits)
        text += "."
        text += String(repeating: "0", count: width - fractionText.count)
        text += fractionText
        return text
    }
}

/// Why a text is not an angle.
package enum DegreesError: Error, Equatable, Sendable {
    /// The text is not a decimal number.
    case malformed
    /// The number is out of the range of angles.
    case outOfRange
}
