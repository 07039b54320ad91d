/// Why a text is not the XML that is accepted, and where.
///
/// The error never carries the text itself, so that it can be logged and sent to clients.
package struct XMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: Equatable, Sendable {
        /// The text is not well-formed; expat's words, which are constant.
        case malformed(String)
        /// The text ends inside an element.
        case unexpectedEnd
        /// A document type: it could declare entities, and no format needs one.
        case documentType
        /// Elements nested beyond the limit.
        case tooDeep
        /// A tag, comment or instruction beyond the limit.
        case tooLong
        /// The parser could not be made, for lack of memory.
        case outOfMemory
    }

    /// What is wrong.
    package let code: Code
    /// The offset in the text, in bytes.
    package let offset: Int
    /// The line, counted from 1.
    package let line: Int

    /// An error at a place.
    package init(_ code: Code, offset: Int, line: Int) {
        self.code = code
        self.offset = offset
        self.line = line
    }

    /// A sentence for people, without any of the text.
    package var description: String {
        let problem =
            switch code {
            case .malformed(let words): words
            case .unexpectedEnd: "the text ends inside an element"
            case .documentType: "document types and entities are not accepted"
            case .tooDeep: "elements are nested too deeply"
            case .tooLong: "a tag or a comment is too long"
            case .outOfMemory: "the server has too little memory"
            }
        return "malformed XML at byte \(offset), line \(line): \(problem)"
    }
}
