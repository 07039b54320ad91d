/// Why a text is not the expected JSON, and where.
///
/// The error never carries the text itself, so that it can be logged and sent to clients.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: Equatable, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte that JSON does not allow at this place.
        case unexpectedByte
        /// A number with a leading zero, a lone sign, an empty fraction or the like.
        case malformedNumber
        /// An escape that JSON does not know, or half of a surrogate pair.
        case malformedEscape
        /// Bytes that are not UTF-8, or a control character that must be escaped.
        case malformedString
        /// A member's name that occurs twice in its object.
        case repeatedName
        /// Objects and arrays nested beyond the reader's limit.
        case tooDeep
        /// Something other than white space behind the value.
        case trailingBytes
        /// A value of a kind that the caller does not expect.
        case mismatch(expected: JSONKind, found: JSONKind)
        /// A number that does not fit the type the caller asked for.
        case outOfRange
    }

    /// What is wrong.
    package let code: Code
    /// The offset in the text, in bytes.
    package let offset: Int

    /// An error at a byte offset.
    package init(_ code: Code, offset: Int) {
        self.code = code
        self.offset = offset
    }

    /// A sentence for people, without any of the text.
    package var description: String {
        let problem =
            switch code {
            case .unexpectedEnd: "the text ends inside a value"
            case .unexpectedByte: "this character cannot stand here"
            case .malformedNumber: "this is not a JSON number"
            case .malformedEscape: "this escape does not exist in JSON"
            case .malformedString: "this string is not UTF-8 or holds a bare control character"
            case .repeatedName: "this object has a member of this name already"
            case .tooDeep: "objects and arrays are nested too deeply"
            case .trailingBytes: "there is text behind the value"
            case .mismatch(let expected, let found): "expected \(expected.rawValue), found \(found.rawValue)"
            case .outOfRange: "this number is out of range"
            }
        return "malformed JSON at byte \(offset): \(problem)"
    }
}

/// The kinds of JSON values.
package enum JSONKind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case string = "a string"
    case number = "a number"
    case boolean = "true or false"
    case null = "null"
}
