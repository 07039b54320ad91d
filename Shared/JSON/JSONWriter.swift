/// Writes JSON into a growing array of bytes, without an intermediate tree.
///
/// The writer adds commas and closes what it opens.
///
/// ```swift
/// let bytes = JSONWriter.object { writer in
///     writer.member("id", 7)
///     writer.array("tags", of: tags) { $0.value($1) }
/// }
/// ```
package struct JSONWriter: Sendable {
    /// The bytes written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    /// An empty writer with room for `capacity` bytes.
    package init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Reserves room for `count` more bytes.
    package mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// Hands over the bytes written so far and continues the same document, for streamed answers.
    package mutating func takeBytes() -> [UInt8] {
        let taken = bytes
        bytes = []
        bytes.reserveCapacity(taken.count)
        return taken
    }

    /// The bytes of a document.
    package static func bytes(_ write: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter()
        try write(&writer)
        return writer.bytes
    }

    /// The bytes of a document that is an object.
    package static func object(_ write: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        try bytes { try $0.object(write) }
    }

    /// An object with the members that `write` adds.
    package mutating func object(_ write: (inout JSONWriter) throws -> Void) rethrows {
        begin(.object)
        try write(&self)
        end(.object)
    }

    /// A member that is an object.
    package mutating func object(_ name: String, _ write: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try object(write)
    }

    /// An array with the values that `write` adds.
    package mutating func array(_ write: (inout JSONWriter) throws -> Void) rethrows {
        begin(.array)
        try write(&self)
        end(.array)
    }

    /// A member that is an array.
    package mutating func array(_ name: String, _ write: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try array(write)
    }

    /// An array with a value for each element.
    package mutating func array<Elements: Sequence>(
        of elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        try array { writer in
            for element in elements { try write(&writer, element) }
        }
    }

    /// A member that is an array with a value for each element.
    package mutating func array<Elements: Sequence>(
        _ name: String,
        of elements: Elements,
        _ write: (inout JSONWriter, Elements.Element) throws -> Void
    ) rethrows {
        key(name)
        try array(of: elements, write)
    }

    /// A value that holds others.
    package enum Container {
        case object
        case array
    }

    /// Opens an object or an array that is written in parts; others use the functions that also close it.
    package mutating func begin(_ container: Container) {
        separate()
        bytes.append(UInt8(ascii: container == .object ? "{" : "["))
        needsComma = false
    }

    /// Closes the innermost open object or array.
    package mutating func end(_ container: Container) {
        bytes.append(UInt8(ascii: container == .object ? "}" : "]"))
        needsComma = true
    }

    /// A member's name; its value comes next.
    package mutating func key(_ name: String) {
        separate()
        writeString(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string.
    package mutating func value(_ value: String) {
        separate()
        writeString(value)
        needsComma = true
    }

    /// An integer.
    package mutating func value(_ value: some BinaryInteger) {
        if let small = Int64(exactly: value) { return self.value(small) }
        separate()
        bytes.append(contentsOf: value.description.utf8)
        needsComma = true
    }

    /// An integer of at most 64 bits, written without a string.
    package mutating func value(_ value: Int64) {
        separate()
        let length = Self.length(of: value)
        append(length) { Self.write(value, from: $0, to: $0 + length) }
        needsComma = true
    }

    /// An object with one integer member, written in one step because long answers consist of these.
    ///
    /// - Parameters:
    ///   - name: the member's name, without characters that need an escape.
    ///   - integer: its value.
    package mutating func object(_ name: StaticString, _ integer: Int64) {
        separate()
        let count = name.utf8CodeUnitCount
        let length = count + Self.length(of: integer) + 5
        append(length) { text in
            text[0] = UInt8(ascii: "{")
            text[1] = UInt8(ascii: "\"")
            for index in 0..<count { text[2 + index] = name.utf8Start[index] }
            text[count + 2] = UInt8(ascii: "\"")
            text[count + 3] = UInt8(ascii: ":")
            Self.write(integer, from: text + count + 4, to: text + length - 1)
            text[length - 1] = UInt8(ascii: "}")
        }
        needsComma = true
    }

    /// Appends `length` bytes, all of which `write` must initialise.
    @inline(__always) private mutating func append(_ length: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) {
        bytes.append(addingCapacity: length) { span in
            // Safety: the buffer has room for the bytes, and only written bytes are counted.
            span.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                write(start + count)
                count += length
            }
        }
    }

    /// How many characters an integer has.
    @inline(__always) private static func length(of value: Int64) -> Int {
        let magnitude = value.magnitude
        // As many digits as the bits times log₁₀ 2, or one more.
        let least = ((UInt64.bitWidth - magnitude.leadingZeroBitCount) * 1_233) >> 12
        return max(1, least + (magnitude >= powersOfTen[least] ? 1 : 0)) + (value < 0 ? 1 : 0)
    }

    private static let powersOfTen: [UInt64] = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]

    /// Writes the last characters of an integer, as many as fit from `start` to `end`.
    @inline(__always) private static func write(
        _ value: Int64,
        from start: UnsafeMutablePointer<UInt8>,
        to end: UnsafeMutablePointer<UInt8>
    ) {
        var (first, place) = (start, end)
        var rest = value.magnitude
        if value < 0 {
            first[0] = UInt8(ascii: "-")
            first += 1
        }
        // Two digits at a time, because divisions are slow.
        while place - first >= 2 {
            let pair = Int(truncatingIfNeeded: rest % 100) * 2
            rest /= 100
            place -= 2
            place[0] = pairs.utf8Start[pair]
            place[1] = pairs.utf8Start[pair + 1]
        }
        if place > first { first[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest) }
    }

    /// `00` to `99`.
    private static let pairs: StaticString = """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960\
        616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// A number in the shortest form that reads back as the same `Double`; `null` if it is not finite.
    package mutating func value(_ value: Double) {
        separate()
        bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        needsComma = true
    }

    /// `true` or `false`.
    package mutating func value(_ value: Bool) {
        separate()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    /// `null`.
    package mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// A value that is already JSON, copied as it is.
    package mutating func value(json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// A member that is a string.
    package mutating func member(_ name: String, _ string: String) {
        key(name)
        value(string)
    }

    /// A member that is an integer.
    package mutating func member(_ name: String, _ integer: some BinaryInteger) {
        key(name)
        value(integer)
    }

    /// A member that is an integer.
    package mutating func member(_ name: String, _ integer: Int64) {
        key(name)
        value(integer)
    }

    /// A member that is a floating-point number.
    package mutating func member(_ name: String, _ number: Double) {
        key(name)
        value(number)
    }

    /// A member that is `true` or `false`.
    package mutating func member(_ name: String, _ boolean: Bool) {
        key(name)
        value(boolean)
    }

    /// Ends a line, for newline-delimited JSON; the next value starts without a comma.
    package mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func writeString(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        var string = string
        let isPlain = string.withUTF8 { text in
            guard text.allSatisfy(Self.isPlain) else { return false }
            bytes.append(contentsOf: text)
            return true
        }
        guard !isPlain else { return }
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7F:
                bytes.append(contentsOf: #"\u00"#.utf8)
                bytes.append(Self.hexadecimal(byte >> 4))
                bytes.append(Self.hexadecimal(byte & 15))
            default: bytes.append(byte)
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7F
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
