import Geospatial

/// Reads a location of plain JSON: known members without escapes, at most once each, with valid values in their usual
/// form.
///
/// Nearly all locations have this form, and it takes a tenth of a microsecond: the reader turns eight bytes at a time
/// into the stored integers, without strings or floats. It never reports an error. At the first unusual byte it gives
/// up, and ``LocationReport/init(from:now:)`` reads the location again, so that all checks are in one place.
///
/// Safety: the pointers are used within ``read(_:in:now:)`` only, while it borrows the text. ``next`` never exceeds
/// ``end``, and each read is guarded by a comparison of the two.
struct PlainLocationJSON {
    private var next: UnsafeRawPointer
    private let end: UnsafeRawPointer
    private var person: PersonID?
    private var latitude: DegreesE7?
    private var longitude: DegreesE7?
    private var time: Timestamp?
    private var accuracy: Accuracy?
    private var mock: Bool?
    private var telemetry = Telemetry()

    /// Reads a location that starts at the beginning of a range.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the readable part; afterwards it starts after the location.
    ///   - now: this machine's time.
    /// - Returns: the location; `nil` if it has another form.
    static func read(_ text: Span<UInt8>, in range: inout Range<Int>, now: Timestamp) -> LocationReport? {
        precondition(range.lowerBound >= 0 && range.upperBound <= text.count)
        return text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return nil }
            var reader = PlainLocationJSON(next: start + range.lowerBound, end: start + range.upperBound)
            guard let report = reader.read(now: now) else { return nil }
            range = (reader.next - start)..<range.upperBound
            return report
        }
    }

    private init(next: UnsafeRawPointer, end: UnsafeRawPointer) {
        self.next = next
        self.end = end
    }

    private mutating func read(now: Timestamp) -> LocationReport? {
        guard skip("{") else { return nil }
        repeat {
            guard skip("\""), readMember() else { return nil }
        } while skip(",")
        guard skip("}"), let person, let latitude, let longitude,
            let coordinate = try? Coordinate(latitude: latitude, longitude: longitude)
        else { return nil }
        if let time {
            guard time.microseconds <= now.microseconds + LocationReport.clockTolerance else { return nil }
        }
        return LocationReport(
            personID: person,
            coordinate: coordinate,
            creationTime: time ?? now,
            accuracy: accuracy,
            isMock: mock ?? false,
            telemetry: telemetry
        )
    }

    // MARK: Members

    /// A name of up to fifteen bytes with its closing quotation mark, as two numbers, lowest byte first.
    ///
    /// Numbers instead of strings become immediate operands of the comparisons.
    private struct Name: Equatable {
        let low: UInt64
        let high: UInt64

        /// `person_id`.
        static let personID = Name(low: 0x695F_6E6F_7372_6570, high: 0x2264)
        /// `latitude`.
        static let latitude = Name(low: 0x6564_7574_6974_616C, high: 0x22)
        /// `longitude`.
        static let longitude = Name(low: 0x6475_7469_676E_6F6C, high: 0x2265)
        /// `creation_time`.
        static let creationTime = Name(low: 0x6E6F_6974_6165_7263, high: 0x2265_6D69_745F)
        /// `accuracy`.
        static let accuracy = Name(low: 0x7963_6172_7563_6361, high: 0x22)
        /// `mock`.
        static let mock = Name(low: 0x0000_0022_6B63_6F6D, high: 0)
        /// `altitude`.
        static let altitude = Name(low: 0x6564_7574_6974_6C61, high: 0x22)
        /// `speed`.
        static let speed = Name(low: 0x0000_2264_6565_7073, high: 0)
        /// `course`.
        static let course = Name(low: 0x0022_6573_7275_6F63, high: 0)
        /// `battery`.
        static let battery = Name(low: 0x2279_7265_7474_6162, high: 0)
    }

    /// Reads a member after the opening quotation mark of its name; `false` if it is unusual.
    @inline(__always) private mutating func readMember() -> Bool {
        guard let name = readName(), skip(":") else { return false }
        skipSpace()
        switch name {
        case Name.personID where person == nil:
            person = readPerson()
            return person != nil
        case Name.latitude where latitude == nil:
            latitude = readDegrees()
            return latitude != nil
        case Name.longitude where longitude == nil:
            longitude = readDegrees()
            return longitude != nil
        case Name.creationTime where time == nil:
            time = readTime()
            return time != nil
        default: return readRareMember(name)
        }
    }

    private mutating func readRareMember(_ name: Name) -> Bool {
        switch name {
        case Name.accuracy where accuracy == nil:
            accuracy = readNumber().flatMap { Accuracy(metres: $0) }
            return accuracy != nil
        case Name.mock where mock == nil:
            mock = readBoolean()
            return mock != nil
        case Name.altitude: return readQuantity(.altitude)
        case Name.speed: return readQuantity(.speed)
        case Name.course: return readQuantity(.course)
        case Name.battery: return readQuantity(.battery)
        default: return false
        }
    }

    /// Reads a name and its closing quotation mark.
    @inline(__always) private mutating func readName() -> Name? {
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

    private mutating func readPerson() -> PersonID? {
        guard let decimal = readDecimal(), decimal.decimals == 0, !decimal.isNegative else { return nil }
        return PersonID(rawValue: decimal.digits)
    }

    private mutating func readDegrees() -> DegreesE7? {
        guard let decimal = readDecimal() else { return nil }
        return DegreesE7(digits: decimal.digits, decimals: decimal.decimals, isNegative: decimal.isNegative)
    }

    private mutating func readNumber() -> Double? {
        readDecimal()?.double
    }

    private mutating func readQuantity(_ quantity: Telemetry.Quantity) -> Bool {
        guard telemetry[stored: quantity] == nil, let value = readNumber(), quantity.range.contains(value) else {
            return false
        }
        telemetry[quantity] = value
        return true
    }

    private mutating func readBoolean() -> Bool? {
        if skip(word: "true") { return true }
        return skip(word: "false") ? false : nil
    }

    // MARK: Numbers

    /// A decimal number, ± digits × 10^−decimals.
    private struct Decimal {
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
    @inline(__always) private mutating func readDecimal() -> Decimal? {
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
    @inline(__always) private mutating func readTime() -> Timestamp? {
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

    /// The index of the first quotation mark in a word; 8 if there is none.
    @inline(__always) private static func quotationMark(in word: UInt64) -> Int {
        // A byte is zero if subtracting one borrows from its highest bit (Mycroft); the lowest such byte is correct.
        let zeros = word ^ 0x2222_2222_2222_2222
        return ((zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080).trailingZeroBitCount >> 3
    }

    @inline(__always) private mutating func skipSpace() {
        while next < end {
            switch next.load(as: UInt8.self) {
            case 0x20, 0x0A, 0x0D, 0x09: next += 1
            default: return
            }
        }
    }

    /// Skips white space and a character, if it is next.
    @inline(__always) private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        return skip(byte: UInt8(ascii: character))
    }

    @inline(__always) private mutating func skip(byte: UInt8) -> Bool {
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
