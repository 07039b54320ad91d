/// Finds the end of a JSON value of any kind in pieces of text, by its brackets and quotation marks.
struct JSONValueScanner {
    private enum Kind {
        case unknown
        /// Ends behind its last byte.
        case container
        case string
        /// Ends before the byte that does not belong to it.
        case scalar
    }

    private let maximumDepth: Int
    private var kind = Kind.unknown
    private var closers: [UInt8] = []
    private var isInString = false
    private var isEscaped = false

    init(maximumDepth: Int) {
        self.maximumDepth = maximumDepth
    }

    /// Begins a value.
    mutating func begin() {
        kind = .unknown
        closers.removeAll(keepingCapacity: true)
        (isInString, isEscaped) = (false, false)
    }

    /// Reads to the end of the value or of the piece.
    ///
    /// - Returns: whether the value has ended.
    /// - Throws: `JSONError` with the offset in the piece.
    mutating func read(_ piece: [UInt8], from position: inout Int) throws(JSONError) -> Bool {
        if kind == .unknown {
            switch piece[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): kind = .container
            case UInt8(ascii: "\""): kind = .string
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "t"), UInt8(ascii: "f"),
                UInt8(ascii: "n"):
                kind = .scalar
            default: throw JSONError(.unexpectedByte, offset: position)
            }
        }
        guard kind != .scalar else { return try readScalar(piece, from: &position) }
        let bytes = piece.span
        while position < bytes.count {
            let byte = bytes[position]
            if isInString {
                position += 1
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                    if kind == .string { return true }
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard closers.count < maximumDepth else { throw JSONError(.tooDeep, offset: position) }
                // In ASCII a closing bracket is two behind the opening one.
                closers.append(byte + 2)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard closers.popLast() == byte else { throw JSONError(.unexpectedByte, offset: position) }
                if closers.isEmpty {
                    position += 1
                    return true
                }
            default: break
            }
            position += 1
        }
        return false
    }

    private func readScalar(_ piece: [UInt8], from position: inout Int) throws(JSONError) -> Bool {
        while position < piece.count {
            switch piece[position] {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x20, 0x09, 0x0A, 0x0D: return true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
                UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                position += 1
            default: throw JSONError(.unexpectedByte, offset: position)
            }
        }
        return false
    }
}
