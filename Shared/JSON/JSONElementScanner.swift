/// Cuts elements out of a JSON document that arrives in pieces, and holds one unfinished element at most.
///
/// The document is an array, whose elements it cuts out, or an object. Of an object's members the caller chooses those that it
/// wants whole, and those whose arrays it wants element by element:
///
/// ```swift
/// while let element = try scanner.next(in: piece, from: &position, choose: { $0 == "locations" ? .enter : .skip }) {
///     var reader = JSONReader(element.text, in: element.range)
///     …
/// }
/// ```
///
/// Each element has balanced brackets and closed strings; ``JSONReader`` checks the rest. It looks at each byte once.
package struct JSONElementScanner {
    /// The caller's choice for a member of the document.
    package enum Choice: Sendable {
        /// Nothing.
        case skip
        /// The whole value.
        case take
        /// Each element of an array; of another value nothing.
        case enter
    }

    /// A value that was cut out.
    package struct Element: Sendable {
        /// The name of the document's member, `nil` in an array.
        package let member: String?
        /// A text that has the value.
        package let text: [UInt8]
        /// Where it has it; empty if the value is longer than the bound.
        package let range: Range<Int>
        /// The offset of its first byte in the document.
        package let offset: Int
        /// Whether the value is longer than the bound.
        package let isTooLong: Bool
    }

    private enum Phase {
        /// A value must begin.
        case value
        /// The first member or element must begin, or the container end.
        case first
        /// A comma, or the container's end.
        case next
        /// A name must begin.
        case name
        case insideName
        case colon
        case insideValue
        /// Nothing but white space may follow.
        case end
    }

    /// The most bytes of a name that a choice can depend on.
    private static let maximumName = 256

    private let maximumElement: Int
    private var phase = Phase.value
    /// The closing brackets of the document and of a member that was entered.
    private var levels: [UInt8] = []
    private var member: [UInt8] = []
    private var isObject = false
    private var isEscaped = false
    private var value: JSONValueScanner
    /// The beginning of the value, if it began in an earlier piece.
    private var beginning: [UInt8] = []
    private var isTaken = false
    private var valueOffset = 0
    /// How many bytes came in earlier pieces.
    private var base = 0

    /// - Parameters:
    ///   - maximumElement: the most bytes of a value that is cut out.
    ///   - maximumDepth: how deep values may be nested.
    package init(maximumElement: Int, maximumDepth: Int = 64) {
        self.maximumElement = maximumElement
        value = JSONValueScanner(maximumDepth: maximumDepth)
    }

    /// Reads to the end of the next element.
    ///
    /// - Parameters:
    ///   - piece: the next piece of the document, until `nil` is returned.
    ///   - position: the start; advanced past the bytes that were read.
    ///   - choose: decides by the name of a member and by the first byte of its value.
    ///   - read: tries to read an element that begins in the piece, given its offset in the document. If it moves the range's
    ///     start behind the element, that element is not returned; it is responsible for its being well-formed.
    /// - Returns: the element; `nil` if the piece ends before the next one does.
    /// - Throws: `JSONError` with the offset in the document.
    package mutating func next(
        in piece: [UInt8],
        from position: inout Int,
        choose: (String, UInt8) -> Choice,
        orRead read: (Span<UInt8>, inout Range<Int>, Int) -> Void = { _, _, _ in }
    ) throws(JSONError) -> Element? {
        while position < piece.count {
            if phase == .insideValue {
                if isTaken, base + position == valueOffset, levels.last == UInt8(ascii: "]") {
                    var rest = position..<piece.count
                    read(piece.span, &rest, valueOffset)
                    if rest.lowerBound > position {
                        position = rest.lowerBound
                        phase = .next
                        continue
                    }
                }
                if let element = try readValue(in: piece, from: &position) { return element }
                continue
            }
            let byte = piece[position]
            if phase == .insideName {
                readName(byte)
            } else if byte != 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 {
                guard try step(byte, at: base + position, choose) else { continue }
            }
            position += 1
        }
        base += piece.count
        return nil
    }

    /// Ends the document.
    ///
    /// - Throws: `JSONError` if it is not whole.
    package func finish() throws(JSONError) {
        guard phase == .end else { throw JSONError(.unexpectedEnd, offset: base) }
    }

    /// Takes a byte between values; returns whether it was consumed, as the first byte of a value is not.
    private mutating func step(
        _ byte: UInt8,
        at offset: Int,
        _ choose: (String, UInt8) -> Choice
    ) throws(JSONError) -> Bool {
        switch phase {
        case .value: return begin(byte, at: offset, choose)
        case .first where byte == levels.last, .next where byte == levels.last:
            levels.removeLast()
            phase = levels.isEmpty ? .end : .next
        case .first where isInObject, .name:
            guard byte == UInt8(ascii: "\"") else { throw JSONError(.unexpectedByte, offset: offset) }
            member.removeAll(keepingCapacity: true)
            phase = .insideName
        case .first: return begin(byte, at: offset, choose)
        case .next where byte == UInt8(ascii: ","): phase = isInObject ? .name : .value
        case .colon where byte == UInt8(ascii: ":"): phase = .value
        case .next, .colon: throw JSONError(.unexpectedByte, offset: offset)
        case .end: throw JSONError(.trailingBytes, offset: offset)
        case .insideName, .insideValue: break
        }
        return true
    }

    private var isInObject: Bool { levels.last == UInt8(ascii: "}") }

    /// Begins a value; the document itself and an array that the caller wants to enter are opened.
    private mutating func begin(_ byte: UInt8, at offset: Int, _ choose: (String, UInt8) -> Choice) -> Bool {
        let choice: Choice
        switch levels.count {
        case 0:
            isObject = byte == UInt8(ascii: "{")
            choice = isObject || byte == UInt8(ascii: "[") ? .enter : .skip
        case 1 where isObject:
            let isArray = byte == UInt8(ascii: "[")
            choice = choose(String(decoding: member, as: UTF8.self), byte)
            guard choice == .enter, isArray else { break }
            levels.append(UInt8(ascii: "]"))
            phase = .first
            return true
        default: choice = .take
        }
        if levels.isEmpty, choice == .enter {
            levels.append(isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"))
            phase = .first
            return true
        }
        isTaken = choice == .take
        valueOffset = offset
        beginning.removeAll(keepingCapacity: true)
        value.begin()
        phase = .insideValue
        return false
    }

    private mutating func readName(_ byte: UInt8) {
        if byte == UInt8(ascii: "\""), !isEscaped {
            phase = .colon
        } else {
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if member.count < Self.maximumName { member.append(byte) }
        }
    }

    private mutating func readValue(in piece: [UInt8], from position: inout Int) throws(JSONError) -> Element? {
        let start = position
        let isWhole: Bool
        do throws(JSONError) {
            isWhole = try value.read(piece, from: &position)
        } catch {
            throw JSONError(error.code, offset: base + error.offset)
        }
        let length = base + position - valueOffset
        let isTooLong = length > maximumElement
        guard isWhole else {
            if isTaken, !isTooLong { beginning += piece[start..<position] } else { beginning.removeAll() }
            return nil
        }
        phase = levels.isEmpty ? .end : .next
        guard isTaken else { return nil }
        let name = isObject ? String(decoding: member, as: UTF8.self) : nil
        if isTooLong {
            return Element(member: name, text: [], range: 0..<0, offset: valueOffset, isTooLong: true)
        }
        if length == position - start {
            return Element(member: name, text: piece, range: start..<position, offset: valueOffset, isTooLong: false)
        }
        beginning += piece[start..<position]
        defer { beginning.removeAll(keepingCapacity: true) }
        return Element(
            member: name,
            text: beginning,
            range: beginning.indices,
            offset: valueOffset,
            isTooLong: false
        )
    }
}
