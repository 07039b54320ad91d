/// Splits SQL into words, strings and symbols, as far as dumps of rows need it.
struct SQLScanner {
    /// A piece of a statement.
    enum Token: Equatable {
        /// A name, keyword or number.
        case word(String)
        /// A string in single quotes, with doubled ones resolved.
        case string(String)
        /// Any other character.
        case sign(UInt8)

        /// The word, or `nil` for another token.
        var text: String? {
            guard case .word(let text) = self else { return nil }
            return text
        }

        func isKeyword(_ keyword: String) -> Bool {
            text?.lowercased() == keyword
        }
    }

    private let bytes: [UInt8]
    private var position = 0
    /// The number of the current line, from 1.
    private(set) var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether only white space and comments are left.
    var isAtEnd: Bool {
        var rest = self
        rest.skipSpace()
        return rest.position == bytes.count
    }

    /// The next token; `nil` at the end.
    mutating func next() throws(SQLError) -> Token? {
        skipSpace()
        guard position < bytes.count else { return nil }
        let start = position
        switch bytes[position] {
        case UInt8(ascii: "'"): return .string(try quoted(by: UInt8(ascii: "'")))
        case UInt8(ascii: "\""): return .word(try quoted(by: UInt8(ascii: "\"")))
        case let byte where Self.isWord(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"):
            position += 1
            while position < bytes.count, Self.isWord(bytes[position]) { position += 1 }
            return .word(String(decoding: bytes[start..<position], as: UTF8.self))
        case let byte:
            position += 1
            return .sign(byte)
        }
    }

    /// The next value of a row, a string or a number, without a cast after it.
    mutating func nextValue() throws(SQLError) -> String? {
        let value: String
        switch try next() {
        case .string(let text): value = text
        case .word(let text): value = text
        case .sign, nil: return nil
        }
        if try skip(":") {
            guard try skip(":"), try next()?.text != nil else { throw .unexpected("a type") }
        }
        return value
    }

    /// Skips a symbol if it is next.
    mutating func skip(_ sign: Unicode.Scalar) throws(SQLError) -> Bool {
        let start = self
        if try next() == .sign(UInt8(ascii: sign)) { return true }
        self = start
        return false
    }

    /// Skips the rest of a statement whose first token has been read.
    mutating func skipStatement(after first: Token) throws(SQLError) {
        var token: Token? = first
        while let current = token, current != .sign(UInt8(ascii: ";")) { token = try next() }
    }

    private mutating func quoted(by quote: UInt8) throws(SQLError) -> String {
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == quote {
                guard position < bytes.count, bytes[position] == quote else {
                    return String(decoding: text, as: UTF8.self)
                }
                position += 1
            }
            if byte == 0x0A { line += 1 }
            text.append(byte)
        }
        throw .endlessString
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A:
                line += 1
                position += 1
            case 0x20, 0x09, 0x0D: position += 1
            case UInt8(ascii: "-") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "-"):
                while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            default: return
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}

/// Why SQL could not be parsed.
enum SQLError: Error, Equatable, CustomStringConvertible {
    /// A string has no end.
    case endlessString
    /// Another token was expected.
    case unexpected(String)

    var description: String {
        switch self {
        case .endlessString: "a string does not end"
        case .unexpected(let expectation): "expected \(expectation)"
        }
    }
}
