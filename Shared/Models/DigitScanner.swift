/// Reads the fixed-width decimal fields of ISO 8601 from bytes.
struct DigitScanner {
    private var rest: ArraySlice<UInt8>

    // A copy costs less than generic code, which callers in other modules cannot specialize.
    init(_ text: some Collection<UInt8>) {
        rest = ArraySlice(text)
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next() -> UInt8? {
        rest.popFirst()
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func digits(_ count: Int, in range: ClosedRange<Int>) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let byte = rest.popFirst(), byte &- UInt8(ascii: "0") < 10 else { return nil }
            value = value * 10 + Int(byte &- UInt8(ascii: "0"))
        }
        return range.contains(value) ? value : nil
    }

    /// `YYYY-MM-DD`.
    mutating func date() -> CalendarDate? {
        guard let year = digits(4, in: 1...9999), skip("-"), let month = digits(2, in: 1...12), skip("-"),
            let day = digits(2, in: 1...31)
        else { return nil }
        return CalendarDate(year: year, month: month, day: day)
    }

    /// One to nine digits of a fraction of a second, as whole microseconds.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let byte = rest.first, byte &- UInt8(ascii: "0") < 10 {
            rest.removeFirst()
            count += 1
            if count <= 6 { value = value * 10 + Int64(byte &- UInt8(ascii: "0")) }
        }
        guard (1...9).contains(count) else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    /// Minutes east of UTC: `Z`, `±HH:MM`, `±HHMM`, `±HH`, or nothing for UTC.
    mutating func zone() -> Int? {
        if rest.isEmpty || skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = digits(2, in: 0...23) else { return nil }
        if rest.isEmpty { return sign * hours * 60 }
        _ = skip(":")
        guard let minutes = digits(2, in: 0...59) else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

extension [UInt8] {
    /// Appends a non-negative number, padded with zeros.
    mutating func appendDecimal(_ value: Int, width: Int) {
        let digits = String(value).utf8
        for _ in Swift.min(digits.count, width)..<width { append(UInt8(ascii: "0")) }
        append(contentsOf: digits)
    }
}
