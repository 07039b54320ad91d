import Geospatial

/// Reads the usual forms of JSON's values, eight bytes at a time, without strings or floats.
///
/// It never reports an error: at the first unusual byte a function returns `nil` or `false`, and the caller reads the text again
/// with `JSONReader`, so that all checks are in one place.
///
/// Safety: a cursor is used within the closure that lends it the text. ``next`` never exceeds ``end``, and each read is
/// guarded by a comparison of the two.
struct PlainJSONCursor {
    /// The next byte.
    private(set) var next: UnsafeRawPointer
    private let end: UnsafeRawPointer

    private init(_ next: UnsafeRawPointer, upTo end: UnsafeRawPointer) {
        self.next = next
        self.end = end
    }

    /// Reads a value that starts at the beginning of a range.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the readable part; afterwards it starts after the value.
    ///   - read: reads the value; `nil` if it has another form.
    /// - Returns: what `read` returns.
    @inline(__always) static func read<Value>(
        _ text: Span<UInt8>,
        in range: inout Range<Int>,
        _ read: (inout PlainJSONCursor) -> Value?
    ) -> Value? {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
        return text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var cursor = PlainJSONCursor(start + range.lowerBound, upTo: start + range.upperBound)
            guard let value = read(&cursor) else { return nil }
            range = (cursor.next - start)..<range.upperBound
            return value
        }
    }

    // MARK: Names

    /// A name of up to fifteen bytes with its closing quotation mark, as two numbers, lowest byte first.
    ///
    /// Numbers instead of strings become immediate operands of the comparisons.
    struct Name: Equatable {
        let low: UInt64
        let high: UInt64
    }

    /// Reads a name and its closing quotation mark.
    @inline(__always) mutating func readName() -> Name? {
        let low = Self.word(at: next, end)
        let inLow = Self.quotationMark(in: low)
        if inLow < 8 {
            next += inLow + 1
            return Name(low: low & Self.mask(inLow + 1), high: 0)
        }
        guard end - next > 8 else { return nil }
        let high = Self.word(at: next + 8, end)
        let inHigh = Self.quotationMark(in: high)
        guard inHigh < 8 else { return nil }
        next += inHigh + 9
        return Name(low: low, high: high & Self.mask(inHigh + 1))
    }

    // MARK: Numbers

    /// A decimal number, ± digits × 10^−decimals.
    struct Decimal {
        var digits: UInt64 = 0
        var decimals = 0
        var isNegative = false

        private static let powers: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]

        /// The nearest `Double`; `nil` if that takes more than one division.
        ///
        /// Both operands are exact, so the quotient is the nearest (Clinger, How to Read Floating Point Numbers
        /// Accurately).
        var double: Double? {
            guard digits < 1 << 53, decimals < Self.powers.count else { return nil }
            let magnitude = Double(digits) / Self.powers[decimals]
            return isNegative ? -magnitude : magnitude
        }
    }

    /// A JSON number without an exponent, or the same as a string.
    @inline(__always) mutating func readDecimal() -> Decimal? {
        let isString = skip(byte: UInt8(ascii: "\""))
        var decimal = Decimal()
        decimal.isNegative = skip(byte: UInt8(ascii: "-"))
        let start = next
        readDigits(into: &decimal.digits)
        let whole = next - start
        guard whole > 0, whole <= 10, whole == 1 || start.load(as: UInt8.self) != UInt8(ascii: "0") else { return nil }
        if skip(byte: UInt8(ascii: ".")) {
            let point = next
            readDigits(into: &decimal.digits)
            decimal.decimals = next - point
            // Eighteen digits always fit.
            guard decimal.decimals > 0, whole + decimal.decimals <= 18 else { return nil }
        }
        guard next < end else { return nil }
        if isString { return skip(byte: UInt8(ascii: "\"")) ? decimal : nil }
        return next.load(as: UInt8.self) | 0x20 == UInt8(ascii: "e") ? nil : decimal
    }

    /// A number without an exponent, or the same as a string.
    mutating func readNumber() -> Double? {
        readDecimal()?.double
    }

    /// A whole number of at most eighteen digits, or the same as a string.
    @inline(__always) mutating func readInteger() -> Int64? {
        let isString = skip(byte: UInt8(ascii: "\""))
        let isNegative = skip(byte: UInt8(ascii: "-"))
        let start = next
        var digits: UInt64 = 0
        readDigits(into: &digits)
        let count = next - start
        guard count > 0, count <= 18, count == 1 || start.load(as: UInt8.self) != UInt8(ascii: "0"), next < end else {
            return nil
        }
        if isString {
            guard skip(byte: UInt8(ascii: "\"")) else { return nil }
        } else {
            let following = next.load(as: UInt8.self)
            guard following != UInt8(ascii: "."), following | 0x20 != UInt8(ascii: "e") else { return nil }
        }
        return isNegative ? -Int64(digits) : Int64(digits)
    }

    /// `true` or `false`.
    mutating func readBoolean() -> Bool? {
        if skip(word: "true") { return true }
        return skip(word: "false") ? false : nil
    }

    private static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    /// Reads digits, eight at a time.
    @inline(__always) private mutating func readDigits(into value: inout UInt64) {
        var count = 8
        while count == 8, next < end {
            let values = Self.word(at: next, end) ^ Self.zeros
            count = Self.noDigits(in: values).trailingZeroBitCount >> 3
            guard count > 0 else { return }
            // Fewer than eight digits are shifted up, so that zeros precede them.
            value = value &* Self.powersOfTen[count] &+ Self.number(values &<< UInt64(64 - 8 * count))
            next += count
        }
    }

    /// Eight characters `0`.
    private static let zeros: UInt64 = 0x3030_3030_3030_3030

    /// The highest bit of each byte that is above nine.
    @inline(__always) private static func noDigits(in values: UInt64) -> UInt64 {
        // The additions never carry into the next byte: the highest bits are handled separately.
        (((values & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
    }

    /// The number of eight digits, whose values are the bytes, first digit lowest.
    ///
    /// Pairs are combined to numbers of two, four and eight digits (Lemire, Quickly parsing eight digits).
    @inline(__always) private static func number(_ values: UInt64) -> UInt64 {
        let pairs = (values &* 10) &+ (values >> 8)
        let odd = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let even = ((pairs >> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (odd &+ even) >> 32
    }

    // MARK: Times

    /// Reads `"2020-08-15T10:37:06"`, with up to six digits of a fraction, with or without a `Z`.
    @inline(__always) mutating func readTime() -> Timestamp? {
        guard end - next > 21, skip(byte: UInt8(ascii: "\"")) else { return nil }
        // "2020-08-", "15T10:37" and "10:37:06": each character's difference from the smallest valid one.
        let date = Self.word(at: next, end) ^ 0x2D30_302D_3030_3030
        let clock = Self.word(at: next + 8, end) ^ 0x3030_3A30_3054_3030
        let seconds = Self.word(at: next + 11, end) ^ 0x3030_3A30_303A_3030
        guard Self.noDigits(in: date) | Self.noDigits(in: clock) | Self.noDigits(in: seconds) == 0,
            date & 0xFF00_00FF_0000_0000 == 0, clock & 0x0000_FF00_00FF_0000 == 0, seconds & 0x0000_FF00_0000_0000 == 0
        else { return nil }
        let year = Self.pair(date, 0) * 100 + Self.pair(date, 2)
        let (hour, minute, second) = (Self.pair(clock, 3), Self.pair(clock, 6), Self.pair(seconds, 6))
        guard hour < 24, minute < 60, second < 60, year >= 1970,
            let day = CalendarDate(year: year, month: Self.pair(date, 5), day: Self.pair(clock, 0))
        else { return nil }
        next += 19
        var microseconds: UInt64 = 0
        if skip(byte: UInt8(ascii: ".")) {
            let point = next
            readDigits(into: &microseconds)
            let count = next - point
            guard count > 0, count <= 6 else { return nil }
            microseconds *= Self.powersOfTen[6 - count]
        }
        _ = skip(byte: UInt8(ascii: "Z"))
        guard skip(byte: UInt8(ascii: "\"")) else { return nil }
        let ofDay = Int64(hour * 3_600 + minute * 60 + second)
        return Timestamp(microseconds: day.microseconds + ofDay * 1_000_000 + Int64(microseconds))
    }

    /// The number of two digits, whose values are the bytes at `index`.
    @inline(__always) private static func pair(_ values: UInt64, _ index: Int) -> Int {
        Int(truncatingIfNeeded: (values >> UInt64(8 * index)) & 0xFF) * 10
            + Int(truncatingIfNeeded: (values >> UInt64(8 * index + 8)) & 0xFF)
    }

    // MARK: Other values

    /// Skips the rest of a string without escapes, in ASCII; `false` for another one.
    ///
    /// - Precondition: the opening quotation mark is read.
    @inline(__always) mutating func skipString() -> Bool {
        while next < end {
            let word = Self.word(at: next, end)
            let quotation = Self.quotationMark(in: word)
            let unusual = Self.unusualCharacter(in: word)
            if quotation < unusual {
                next += quotation + 1
                return next <= end
            }
            guard unusual == 8 else { return false }
            next += 8
        }
        return false
    }

    /// Skips a value; `false` if it has strings with escapes or is nested deeper than 16 times.
    ///
    /// It checks the value's form, but not that names are unique.
    mutating func skipValue() -> Bool {
        // A bit for each open container, the innermost lowest: one for an object.
        var objects: UInt32 = 1
        while true {
            skipSpace()
            guard next < end else { return false }
            var isOpened = false
            switch next.load(as: UInt8.self) {
            case UInt8(ascii: "\""):
                next += 1
                guard skipString() else { return false }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard objects.leadingZeroBitCount > 15 else { return false }
                let isObject = next.load(as: UInt8.self) == UInt8(ascii: "{")
                objects = objects << 1 | (isObject ? 1 : 0)
                next += 1
                isOpened = true
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard readDecimal() != nil else { return false }
            case UInt8(ascii: "t"), UInt8(ascii: "f"):
                guard readBoolean() != nil else { return false }
            default:
                guard skip(word: "null") else { return false }
            }
            // Close containers until another member or element follows.
            while objects != 1 {
                let isObject = objects & 1 == 1
                if skip(isObject ? "}" : "]") {
                    objects >>= 1
                    isOpened = false
                    continue
                }
                if !isOpened, !skip(",") { return false }
                if isObject {
                    guard skip("\""), skipString(), skip(":") else { return false }
                }
                break
            }
            if objects == 1 { return true }
        }
    }

    // MARK: Bytes

    /// The eight bytes at a position, first byte lowest; zeros after the end.
    ///
    /// Static, so that the compiler does not reload members that have just been written.
    @inline(__always) private static func word(at place: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UInt64 {
        end - place >= 8 ? UInt64(littleEndian: place.loadUnaligned(as: UInt64.self)) : lastWord(at: place, end)
    }

    private static func lastWord(at place: UnsafeRawPointer, _ end: UnsafeRawPointer) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<max(0, end - place) {
            word |= UInt64((place + index).load(as: UInt8.self)) << UInt64(8 * index)
        }
        return word
    }

    /// The lowest bytes of a word, all ones.
    @inline(__always) private static func mask(_ count: Int) -> UInt64 {
        ~0 >> UInt64(64 - 8 * count)
    }

    /// The index of the first quotation mark in a word; 8 without one.
    @inline(__always) private static func quotationMark(in word: UInt64) -> Int {
        // A byte is zero if subtracting one borrows from its highest bit (Mycroft); the lowest such byte is correct.
        let zeros = word ^ 0x2222_2222_2222_2222
        return ((zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080).trailingZeroBitCount >> 3
    }

    /// The index of the first character in a word that is a control character, a backslash or beyond ASCII; 8 without one.
    @inline(__always) private static func unusualCharacter(in word: UInt64) -> Int {
        let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
        let isBackslash = (backslashes &- 0x0101_0101_0101_0101) & ~backslashes
        let isControl = (word &- 0x2020_2020_2020_2020) & ~word
        return ((isBackslash | isControl | word) & 0x8080_8080_8080_8080).trailingZeroBitCount >> 3
    }

    @inline(__always) mutating func skipSpace() {
        while next < end {
            switch next.load(as: UInt8.self) {
            case 0x20, 0x0A, 0x0D, 0x09: next += 1
            default: return
            }
        }
    }

    /// Skips white space and a character, if it is next.
    @inline(__always) mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return skip(byte: UInt8(ascii: character))
    }

    @inline(__always) mutating func skip(byte: UInt8) -> Bool {
        guard next < end, next.load(as: UInt8.self) == byte else { return false }
        next += 1
        return true
    }

    private mutating func skip(word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - next >= count else { return false }
        for index in 0..<count where (next + index).load(as: UInt8.self) != word.utf8Start[index] { return false }
        next += count
        return true
    }
}
