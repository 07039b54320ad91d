/// Converts the text of a file to UTF-8 piece by piece: removes a byte order mark, and converts UTF-16.
///
/// Without a mark, the first character reveals UTF-16, because it is ASCII in every format.
struct ImportText {
    private enum Form {
        case utf8
        case utf16(highByteFirst: Bool)
    }

    private var form: Form?
    /// Incomplete input: the first two bytes, half a unit, or a high surrogate.
    private var rest: [UInt8] = []

    /// Whether the text was converted; an encoding declaration is then wrong.
    var isConverted: Bool {
        if case .utf16 = form { true } else { false }
    }

    /// Converts the next piece.
    mutating func utf8(_ piece: [UInt8]) -> [UInt8] {
        if case .utf8 = form { return piece }
        rest += piece
        if form == nil {
            guard rest.count >= 3 else { return [] }
            begin()
        }
        return take(isLast: false)
    }

    /// The rest at the end.
    mutating func finish() -> [UInt8] {
        if form == nil, rest.count >= 2 { begin() }
        return take(isLast: true)
    }

    private mutating func begin() {
        switch (rest[0], rest[1], rest.count > 2 ? rest[2] : 0) {
        case (0xEF, 0xBB, 0xBF):
            form = .utf8
            rest.removeFirst(3)
        case (0xFE, 0xFF, _):
            form = .utf16(highByteFirst: true)
            rest.removeFirst(2)
        case (0xFF, 0xFE, _):
            form = .utf16(highByteFirst: false)
            rest.removeFirst(2)
        case (0, 1..., _): form = .utf16(highByteFirst: true)
        case (1..., 0, _): form = .utf16(highByteFirst: false)
        default: form = .utf8
        }
    }

    private mutating func take(isLast: Bool) -> [UInt8] {
        guard case .utf16(let highByteFirst) = form else {
            defer { rest = [] }
            return rest
        }
        var units = stride(from: 0, to: rest.count - 1, by: 2).map { index in
            let (first, second) = (UInt16(rest[index]), UInt16(rest[index + 1]))
            return highByteFirst ? first << 8 | second : second << 8 | first
        }
        if !isLast, let last = units.last, UTF16.isLeadSurrogate(last) { units.removeLast() }
        rest.removeFirst(units.count * 2)
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
