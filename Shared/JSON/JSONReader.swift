/// A strict pull parser for JSON (RFC 8259) over bytes in memory.
///
/// The caller asks for what it expects, in the order of the text. So a location needs no dictionary, and no number
/// passes through a `Double` unless the caller wants one:
///
/// ```swift
/// var reader = JSONReader(bytes)
/// try reader.beginObject()
/// while let key = try reader.nextKey() {
///     switch key {
///     case "person_id": personID = try reader.readInteger(as: Int32.self)
///     default: try reader.skipValue()
///     }
/// }
/// try reader.finish()
/// ```
///
/// It looks at each byte a constant number of times. It does not recurse; it counts the depth of nested values.
package struct JSONReader {
    /// The whole text.
    package let bytes: [UInt8]
    /// The offset of the next byte to read.
    package private(set) var position: Int
    private let end: Int
    private let maximumDepth: Int
    private var depth = 0
    /// Whether the open container has had no member yet.
    private var isFirst = false
    private var names = MemberNames()

    /// A reader of a text or a part of it.
    ///
    /// - Parameters:
    ///   - bytes: the text as UTF-8.
    ///   - range: the part of `bytes` to read, for instance one line of many; everything if `nil`.
    ///   - maximumDepth: how deep objects and arrays may be nested.
    package init(_ bytes: [UInt8], in range: Range<Int>? = nil, maximumDepth: Int = 32) {
        self.bytes = bytes
        let range = (range ?? bytes.indices).clamped(to: bytes.indices)
        self.position = range.lowerBound
        self.end = range.upperBound
        self.maximumDepth = maximumDepth
    }

    // MARK: Structure

    /// The kind of the next value, by its first byte.
    package mutating func peekKind() throws(JSONError) -> JSONKind {
        skipWhitespace()
        switch try currentByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw error(.unexpectedByte)
        }
    }

    /// Enters an object.
    package mutating func beginObject() throws(JSONError) {
        try begin(.object)
    }

    /// Enters an array.
    package mutating func beginArray() throws(JSONError) {
        try begin(.array)
    }

    /// Reads the next member's name; returns `nil` at the object's end, which it leaves.
    ///
    /// Rejects a name that occurs twice in the object, however it is escaped.
    package mutating func nextKey() throws(JSONError) -> String? {
        guard try nextMember(closing: UInt8(ascii: "}")) else { return nil }
        guard try currentByte() == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
        let start = position
        let key = try readString()
        guard names.insert(key) else { throw JSONError(.repeatedName, offset: start) }
        skipWhitespace()
        guard try currentByte() == UInt8(ascii: ":") else { throw error(.unexpectedByte) }
        position += 1
        return key
    }

    /// Whether another element follows; `false` at the array's end, which it leaves.
    package mutating func nextElement() throws(JSONError) -> Bool {
        try nextMember(closing: UInt8(ascii: "]"))
    }

    /// Skips the next value of any kind, and checks that it is well-formed.
    package mutating func skipValue() throws(JSONError) {
        var closers: [UInt8] = []
        repeat {
            if let closer = closers.last {
                let entered: Bool
                if closer == UInt8(ascii: "}") {
                    entered = try nextKey() != nil
                } else {
                    entered = try nextElement()
                }
                guard entered else {
                    closers.removeLast()
                    continue
                }
            }
            switch try peekKind() {
            case .object:
                try beginObject()
                closers.append(UInt8(ascii: "}"))
            case .array:
                try beginArray()
                closers.append(UInt8(ascii: "]"))
            case .string: _ = try readString()
            case .number: _ = try readNumber()
            case .boolean: _ = try readBoolean()
            case .null: try readNull()
            }
        } while !closers.isEmpty
    }

    /// Checks that only white space is left.
    package mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == end else { throw error(.trailingBytes) }
    }

    /// Tries to read the next value with another reader.
    ///
    /// - Parameter read: gets the text and the range that is left of it, after white space. If it accepts the value, it
    ///   moves the range's start behind it and returns `true`; it is responsible for the value being well-formed.
    ///   Otherwise it returns `false` and nothing has been read.
    /// - Returns: what `read` returns.
    package mutating func readValue(by read: (Span<UInt8>, inout Range<Int>) -> Bool) -> Bool {
        skipWhitespace()
        var rest = position..<end
        guard read(bytes.span, &rest) else { return false }
        position = rest.lowerBound
        return true
    }

    // MARK: Values

    /// The range of the next number's text in ``bytes``, checked against the grammar but not converted.
    package mutating func readNumber() throws(JSONError) -> Range<Int> {
        try expect(.number)
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if byteIfAny() == UInt8(ascii: "0") {
            position += 1
        } else {
            try readDigits()
        }
        if byteIfAny() == UInt8(ascii: ".") {
            position += 1
            try readDigits()
        }
        if let byte = byteIfAny(), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = byteIfAny(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try readDigits()
        }
        // "01" and "1x" would otherwise pass as a number followed by something else.
        if let byte = byteIfAny(), Self.isDigit(byte) { throw error(.malformedNumber) }
        return start..<position
    }

    /// Reads the next number as an integer; rejects fractions and exponents.
    package mutating func readInteger<Integer: FixedWidthInteger>(
        as type: Integer.Type = Integer.self
    ) throws(JSONError) -> Integer {
        let range = try readNumber()
        var value: Integer = 0
        var index = range.lowerBound
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        while index < range.upperBound {
            guard Self.isDigit(bytes[index]) else { throw JSONError(.outOfRange, offset: range.lowerBound) }
            let digit = Integer(bytes[index] &- UInt8(ascii: "0"))
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) =
                isNegative ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw JSONError(.outOfRange, offset: range.lowerBound) }
            value = sum
            index += 1
        }
        return value
    }

    /// Reads the next number as the nearest `Double`; rejects numbers beyond its range.
    package mutating func readDouble() throws(JSONError) -> Double {
        let range = try readNumber()
        guard let value = Double(String(decoding: bytes[range], as: UTF8.self)), value.isFinite else {
            throw JSONError(.outOfRange, offset: range.lowerBound)
        }
        return value
    }

    /// The text of the next number, given as a number or as a string; `nil` for any other value, which it skips.
    package mutating func readNumberText() throws(JSONError) -> ArraySlice<UInt8>? {
        switch try peekKind() {
        case .number: return bytes[try readNumber()]
        case .string: return Array(try readString().utf8)[...]
        case .object, .array, .boolean, .null:
            try skipValue()
            return nil
        }
    }

    /// Reads the next value, `true` or `false`.
    package mutating func readBoolean() throws(JSONError) -> Bool {
        try expect(.boolean)
        let value = bytes[position] == UInt8(ascii: "t")
        try readLiteral(value ? "true" : "false")
        return value
    }

    /// Skips the next value, which must be `null`.
    package mutating func readNull() throws(JSONError) {
        try expect(.null)
        try readLiteral("null")
    }

    /// Reads the next string and resolves its escapes.
    package mutating func readString() throws(JSONError) -> String {
        try expect(.string)
        let opening = position
        position += 1
        let start = position
        var isASCII: UInt8 = 0
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let content = bytes[start..<position]
                position += 1
                return try Self.text(content, isASCII: isASCII < 0x80, offset: opening)
            }
            if byte == UInt8(ascii: "\\") { return try readEscapedString(from: start, opening: opening) }
            guard byte >= 0x20 else { throw error(.malformedString) }
            isASCII |= byte
            position += 1
        }
        throw error(.unexpectedEnd)
    }

    // MARK: Steps

    private mutating func begin(_ kind: JSONKind) throws(JSONError) {
        try expect(kind)
        guard depth < maximumDepth else { throw error(.tooDeep) }
        depth += 1
        names.begin()
        isFirst = true
        position += 1
    }

    private mutating func nextMember(closing closer: UInt8) throws(JSONError) -> Bool {
        skipWhitespace()
        var byte = try currentByte()
        if byte == closer {
            position += 1
            depth -= 1
            names.end()
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
        } else {
            guard byte == UInt8(ascii: ",") else { throw error(.unexpectedByte) }
            position += 1
            skipWhitespace()
            byte = try currentByte()
            guard byte != closer else { throw error(.unexpectedByte) }
        }
        return true
    }

    private mutating func readEscapedString(from start: Int, opening: Int) throws(JSONError) -> String {
        var content = Array(bytes[start..<position])
        while position < end {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return try Self.text(content[...], isASCII: false, offset: opening)
            case UInt8(ascii: "\\"):
                let escape = try currentByte()
                position += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(escape)
                case UInt8(ascii: "b"): content.append(0x08)
                case UInt8(ascii: "f"): content.append(0x0C)
                case UInt8(ascii: "n"): content.append(0x0A)
                case UInt8(ascii: "r"): content.append(0x0D)
                case UInt8(ascii: "t"): content.append(0x09)
                case UInt8(ascii: "u"): content.append(contentsOf: try readUnicodeEscape().utf8)
                default: throw JSONError(.malformedEscape, offset: position - 2)
                }
            default:
                guard byte >= 0x20 else { throw JSONError(.malformedString, offset: position - 1) }
                content.append(byte)
            }
        }
        throw error(.unexpectedEnd)
    }

    /// The scalar behind `\u`, joined with the low surrogate's escape if it is a high surrogate.
    private mutating func readUnicodeEscape() throws(JSONError) -> String {
        let start = position - 2
        var value = try readHexadecimal()
        if value & 0xFC00 == 0xD800 {
            guard position + 1 < end, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
            else { throw JSONError(.malformedEscape, offset: start) }
            position += 2
            let low = try readHexadecimal()
            guard low & 0xFC00 == 0xDC00 else { throw JSONError(.malformedEscape, offset: start) }
            value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
        }
        guard let scalar = Unicode.Scalar(value) else { throw JSONError(.malformedEscape, offset: start) }
        return String(Character(scalar))
    }

    private mutating func readHexadecimal() throws(JSONError) -> UInt32 {
        guard position + 4 <= end else { throw error(.unexpectedEnd) }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw error(.malformedEscape)
            }
        }
        position += 4
        return value
    }

    private static func text(_ content: ArraySlice<UInt8>, isASCII: Bool, offset: Int) throws(JSONError) -> String {
        if isASCII { return String(decoding: content, as: UTF8.self) }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw JSONError(.malformedString, offset: offset)
        }
        return text
    }

    private mutating func readDigits() throws(JSONError) {
        let start = position
        while position < end, Self.isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw error(.malformedNumber) }
    }

    private mutating func readLiteral(_ literal: StaticString) throws(JSONError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard try currentByte() == literal.utf8Start[index] else { throw error(.unexpectedByte) }
            position += 1
        }
    }

    private mutating func expect(_ kind: JSONKind) throws(JSONError) {
        let found = try peekKind()
        guard found == kind else { throw error(.mismatch(expected: kind, found: found)) }
    }

    private mutating func skipWhitespace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func byteIfAny() -> UInt8? {
        position < end ? bytes[position] : nil
    }

    private func currentByte() throws(JSONError) -> UInt8 {
        guard position < end else { throw error(.unexpectedEnd) }
        return bytes[position]
    }

    private func error(_ code: JSONError.Code) -> JSONError {
        JSONError(code, offset: position)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}
