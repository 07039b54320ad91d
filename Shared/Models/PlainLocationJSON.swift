import Geospatial

/// Reads a location of plain JSON: known members without escapes, once each, valid values in their usual form.
///
/// That is nearly every location, and takes a fifth of a microsecond: bytes become the stored integers without a string or
/// a float between them. It only ever says yes: at the first thing out of the ordinary, an error included, it gives up, and
/// ``LocationReport/init(from:now:)`` reads the location from its beginning, so that verdicts are in one place.
struct PlainLocationJSON {
    private var position: Int
    private let end: Int
    private var person: PersonID?
    private var latitude: DegreesE7?
    private var longitude: DegreesE7?
    private var time: Timestamp?
    private var accuracy: Accuracy?
    private var mock: Bool?
    private var telemetry = Telemetry()

    /// Reads a location whose first brace is at `position`.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - range: the part of it that may be read; moved behind the location if there is one.
    ///   - now: this machine's time.
    /// - Returns: the location; `nil` if this is not one of the plain ones.
    static func read(_ text: Span<UInt8>, in range: inout Range<Int>, now: Timestamp) -> LocationReport? {
        var reader = PlainLocationJSON(range)
        guard let report = reader.read(text, now: now) else { return nil }
        range = reader.position..<range.upperBound
        return report
    }

    private init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    private mutating func read(_ text: Span<UInt8>, now: Timestamp) -> LocationReport? {
        guard skip("{", text) else { return nil }
        let names = Names.all
        repeat {
            guard skip("\"", text), readMember(text, names) else { return nil }
        } while skip(",", text)
        guard skip("}", text), let person, let latitude, let longitude,
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

    /// A name of up to sixteen bytes as two numbers, the first byte the lowest; zero behind its end.
    private struct Name: Equatable {
        let low: UInt64
        let high: UInt64

        init(_ name: StaticString) {
            var (low, high): (UInt64, UInt64) = (0, 0)
            for index in 0..<name.utf8CodeUnitCount {
                let byte = UInt64(name.utf8Start[index])
                if index < 8 { low |= byte << (8 * index) } else { high |= byte << (8 * index - 64) }
            }
            (self.low, self.high) = (low, high)
        }

        init(low: UInt64, high: UInt64) {
            (self.low, self.high) = (low, high)
        }
    }

    /// The members' names, looked up once for a location.
    private struct Names {
        let personID = Name("person_id")
        let latitude = Name("latitude")
        let longitude = Name("longitude")
        let creationTime = Name("creation_time")
        let accuracy = Name("accuracy")
        let mock = Name("mock")
        let altitude = Name("altitude")
        let speed = Name("speed")
        let course = Name("course")
        let battery = Name("battery")

        static let all = Names()
    }

    /// Reads a member behind the quotation mark of its name; `false` if it is out of the ordinary.
    private mutating func readMember(_ text: Span<UInt8>, _ names: borrowing Names) -> Bool {
        guard let name = readName(text), skip(":", text) else { return false }
        skipSpace(text)
        switch name {
        case names.personID where person == nil: person = readPerson(text)
        case names.latitude where latitude == nil: latitude = readDegrees(text)
        case names.longitude where longitude == nil: longitude = readDegrees(text)
        case names.creationTime where time == nil: time = readTime(text)
        case names.accuracy where accuracy == nil: accuracy = readNumber(text).flatMap { Accuracy(metres: $0) }
        case names.mock where mock == nil: mock = readBoolean(text)
        case names.altitude: return readQuantity(.altitude, text)
        case names.speed: return readQuantity(.speed, text)
        case names.course: return readQuantity(.course, text)
        case names.battery: return readQuantity(.battery, text)
        default: return false
        }
        switch name {
        case names.personID: return person != nil
        case names.latitude: return latitude != nil
        case names.longitude: return longitude != nil
        case names.creationTime: return time != nil
        case names.accuracy: return accuracy != nil
        default: return mock != nil
        }
    }

    private mutating func readName(_ text: Span<UInt8>) -> Name? {
        var (low, high): (UInt64, UInt64) = (0, 0)
        var shift: UInt64 = 0
        while position < end {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return Name(low: low, high: high) }
            // It would not be seen behind a shorter name.
            guard byte != 0 else { return nil }
            if shift < 64 {
                low |= UInt64(byte) << shift
            } else if shift < 128 {
                high |= UInt64(byte) << (shift - 64)
            } else {
                return nil
            }
            shift += 8
        }
        return nil
    }

    private mutating func readPerson(_ text: Span<UInt8>) -> PersonID? {
        guard let decimal = readDecimal(text), decimal.decimals == 0, !decimal.isNegative else { return nil }
        return PersonID(rawValue: decimal.digits)
    }

    private mutating func readDegrees(_ text: Span<UInt8>) -> DegreesE7? {
        readDecimal(text).flatMap { decimal in
            DegreesE7(digits: decimal.digits, decimals: decimal.decimals, isNegative: decimal.isNegative)
        }
    }

    private mutating func readNumber(_ text: Span<UInt8>) -> Double? {
        readDecimal(text)?.double
    }

    private mutating func readQuantity(_ quantity: Telemetry.Quantity, _ text: Span<UInt8>) -> Bool {
        guard telemetry[stored: quantity] == nil, let value = readNumber(text), quantity.range.contains(value) else {
            return false
        }
        telemetry[quantity] = value
        return true
    }

    private mutating func readBoolean(_ text: Span<UInt8>) -> Bool? {
        if skip(word: "true", text) { return true }
        return skip(word: "false", text) ? false : nil
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
        /// Both numbers are exact, so the quotient is the nearest (Clinger, How to Read Floating Point Numbers Accurately).
        var double: Double? {
            guard digits < 1 << 53, decimals < Self.powers.count else { return nil }
            let magnitude = Double(digits) / Self.powers[decimals]
            return isNegative ? -magnitude : magnitude
        }
    }

    /// A number as JSON writes it, without an exponent, or such a number as a string.
    private mutating func readDecimal(_ text: Span<UInt8>) -> Decimal? {
        let isString = skip(byte: UInt8(ascii: "\""), text)
        var decimal = Decimal()
        decimal.isNegative = skip(byte: UInt8(ascii: "-"), text)
        let start = position
        readDigits(text, into: &decimal.digits)
        let whole = position - start
        guard whole > 0, whole <= 10, whole == 1 || text[start] != UInt8(ascii: "0") else { return nil }
        if skip(byte: UInt8(ascii: "."), text) {
            let point = position
            readDigits(text, into: &decimal.digits)
            decimal.decimals = position - point
            // Eighteen digits fit in any case.
            guard decimal.decimals > 0, whole + decimal.decimals <= 18 else { return nil }
        }
        guard position < end else { return nil }
        if isString { return skip(byte: UInt8(ascii: "\""), text) ? decimal : nil }
        return text[position] | 0x20 == UInt8(ascii: "e") ? nil : decimal
    }

    private mutating func readDigits(_ text: Span<UInt8>, into value: inout UInt64) {
        while position < end {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            value = value &* 10 &+ UInt64(digit)
            position += 1
        }
    }

    // MARK: Times

    /// `"2020-08-15T10:37:06"`, with up to six digits of a fraction and a `Z`, or without.
    private mutating func readTime(_ text: Span<UInt8>) -> Timestamp? {
        guard end - position > 21, skip(byte: UInt8(ascii: "\""), text) else { return nil }
        let start = position
        guard let century = twoDigits(text, 0), let ofCentury = twoDigits(text, 2), let month = twoDigits(text, 5),
            let day = twoDigits(text, 8), let hour = twoDigits(text, 11), let minute = twoDigits(text, 14),
            let second = twoDigits(text, 17), hour < 24, minute < 60, second < 60, century * 100 + ofCentury >= 1970,
            text[start + 4] == UInt8(ascii: "-"), text[start + 7] == UInt8(ascii: "-"),
            text[start + 10] == UInt8(ascii: "T"), text[start + 13] == UInt8(ascii: ":"),
            text[start + 16] == UInt8(ascii: ":"),
            let date = CalendarDate(year: century * 100 + ofCentury, month: month, day: day)
        else { return nil }
        position += 19
        var microseconds: UInt64 = 0
        if skip(byte: UInt8(ascii: "."), text) {
            let point = position
            readDigits(text, into: &microseconds)
            let count = position - point
            guard count > 0, count <= 6 else { return nil }
            for _ in count..<6 { microseconds *= 10 }
        }
        _ = skip(byte: UInt8(ascii: "Z"), text)
        guard skip(byte: UInt8(ascii: "\""), text) else { return nil }
        let seconds = Int64(hour * 3_600 + minute * 60 + second)
        return Timestamp(microseconds: date.microseconds + seconds * 1_000_000 + Int64(microseconds))
    }

    private func twoDigits(_ text: Span<UInt8>, _ offset: Int) -> Int? {
        let tens = text[position + offset] &- UInt8(ascii: "0")
        let ones = text[position + offset + 1] &- UInt8(ascii: "0")
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }

    // MARK: Bytes

    private mutating func skipSpace(_ text: Span<UInt8>) {
        while position < end {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Reads over a character with white space before it, if it is next.
    private mutating func skip(_ character: Unicode.Scalar, _ text: Span<UInt8>) -> Bool {
        skipSpace(text)
        return skip(byte: UInt8(ascii: character), text)
    }

    private mutating func skip(byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard position < end, text[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func skip(word: StaticString, _ text: Span<UInt8>) -> Bool {
        guard end - position >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where text[position + index] != word.utf8Start[index] { return false }
        position += word.utf8CodeUnitCount
        return true
    }
}
