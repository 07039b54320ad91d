/// A statement with its values, written as a string literal.
///
/// ```swift
/// let person: PostgresQuery = "SELECT first_name FROM person WHERE id = \(id)"
/// ```
///
/// An interpolated value becomes a parameter (`$1`), typed and in binary format, and never a part of the text. Text
/// comes only from literals of the program, so the types exclude injection:
///
/// | interpolation | result |
/// |---|---|
/// | `\(value)` | a parameter |
/// | `\(identifier: name)` | a quoted identifier |
/// | `\(literal: value)` | a quoted constant, where SQL takes no parameter (COPY, partition bounds, SET) |
/// | `\(fragment: query)` | another query's text and values |
package struct PostgresQuery: Sendable {
    /// The statement's text with `$1`… for the values.
    package private(set) var sql: String
    /// The values.
    private(set) var binds: PostgresBinds
    /// Whether the text may have data, as constants; such text appears in no errors and logs.
    private(set) var hasLiterals = false
    /// The offset of each `$n` in `sql`, in UTF-8 units, to renumber fragments.
    private var placeholders: [Int]

    /// An empty query to append to.
    package init() {
        sql = ""
        binds = PostgresBinds()
        placeholders = []
    }

    /// The number of values.
    package var parameterCount: Int { binds.count }

    /// Appends a query's text and values, and renumbers its parameters.
    package static func += (left: inout PostgresQuery, right: PostgresQuery) {
        left.append(right)
    }

    fileprivate mutating func append(text: String) {
        sql += text
    }

    fileprivate mutating func append(literal: String) {
        sql += literal
        hasLiterals = true
    }

    fileprivate mutating func append(placeholderFor number: Int) {
        placeholders.append(sql.utf8.count)
        sql += "$\(number)"
    }

    fileprivate mutating func append<Value: PostgresEncodable>(value: Value?) {
        binds.append(value)
        append(placeholderFor: binds.count)
    }

    fileprivate mutating func append(_ other: PostgresQuery) {
        let base = binds.count
        hasLiterals = hasLiterals || other.hasLiterals
        binds.append(contentsOf: other.binds)
        let text = other.sql.utf8
        var copied = text.startIndex
        for (index, offset) in other.placeholders.enumerated() {
            let start = text.index(text.startIndex, offsetBy: offset)
            append(text: String(other.sql[copied..<start]))
            append(placeholderFor: base + index + 1)
            copied = text.index(start, offsetBy: "$\(index + 1)".utf8.count)
        }
        append(text: String(other.sql[copied...]))
    }
}

extension PostgresQuery: ExpressibleByStringInterpolation {
    // StaticString excludes text from run time, even through these initialisers.
    package init(stringLiteral text: StaticString) {
        self.init()
        append(text: text.description)
    }

    package init(stringInterpolation: Interpolation) {
        self = stringInterpolation.query
    }

    /// Collects the pieces of a string literal; see ``PostgresQuery``.
    package struct Interpolation: StringInterpolationProtocol {
        fileprivate var query = PostgresQuery()

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: StaticString) {
            query.append(text: literal.description)
        }

        /// A value that becomes a parameter.
        package mutating func appendInterpolation(_ value: some PostgresEncodable) {
            query.append(value: value)
        }

        /// A value or NULL that becomes a parameter.
        package mutating func appendInterpolation<Value: PostgresEncodable>(_ value: Value?) {
            query.append(value: value)
        }

        /// The name of a table, column, channel, …, quoted.
        package mutating func appendInterpolation(identifier name: String) {
            query.append(text: quoted(name, by: "\""))
        }

        /// A constant in the text, for utility statements, which take no parameters.
        package mutating func appendInterpolation(literal value: some PostgresLiteral) {
            query.append(literal: value.postgresLiteral)
        }

        /// Another query's text and values.
        package mutating func appendInterpolation(fragment: PostgresQuery) {
            query.append(fragment)
        }

        /// Another query's text and values, or nothing.
        package mutating func appendInterpolation(fragment: PostgresQuery?) {
            if let fragment { query.append(fragment) }
        }
    }
}

/// A value that can be a constant in SQL's text, in a form that cannot be broken out of.
package protocol PostgresLiteral {
    /// The constant, quoted or in parentheses.
    var postgresLiteral: String { get }
}

extension Int: PostgresLiteral {
    // In parentheses: the sign of a negative number after a minus would begin a comment.
    package var postgresLiteral: String { self < 0 ? "(\(self))" : "\(self)" }
}

extension Int64: PostgresLiteral {
    package var postgresLiteral: String { Int(self).postgresLiteral }
}

extension Int32: PostgresLiteral {
    package var postgresLiteral: String { Int(self).postgresLiteral }
}

extension String: PostgresLiteral {
    // The E form takes backslashes the same way whatever `standard_conforming_strings` says.
    package var postgresLiteral: String {
        " E" + quoted(split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\"), by: "'")
    }
}

extension PostgresTimestamp: PostgresLiteral {
    // Exact for every value: whole seconds and microseconds are added as intervals of integers.
    package var postgresLiteral: String {
        let seconds = microsecondsSince1970 / 1_000_000
        let microseconds = microsecondsSince1970 % 1_000_000
        return "('epoch'::timestamptz + '\(seconds) seconds \(microseconds) microseconds'::interval)"
    }
}

/// The text in quotation marks, with those within it doubled, and without NUL, which would end the statement in C.
private func quoted(_ text: String, by mark: Character) -> String {
    var result = String(mark)
    for character in text.unicodeScalars where character != "\0" {
        if character == mark.unicodeScalars.first { result.unicodeScalars.append(character) }
        result.unicodeScalars.append(character)
    }
    result.append(mark)
    return result
}
