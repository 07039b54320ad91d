/// A value that can be parsed from a path segment or a query parameter.
package protocol PathParameter {
    /// Parses the text after decoding; returns `nil` if it is not such a value.
    init?(pathParameter: Substring)
    /// The expected form, to end the sentence "Expected …": `an integer from 1 to 2147483647`.
    static var expectation: String { get }
}

extension String: PathParameter {
    package init?(pathParameter: Substring) {
        self = String(pathParameter)
    }

    package static var expectation: String { "text" }
}

extension PathParameter where Self: RawRepresentable<String> {
    package init?(pathParameter: Substring) {
        self.init(rawValue: String(pathParameter))
    }
}

extension PathParameter where Self: FixedWidthInteger {
    /// Digits with an optional minus sign, without a plus sign and leading zeros, so each number has one spelling.
    package init?(pathParameter: Substring) {
        guard let value = Self(pathParameter, radix: 10), String(value) == pathParameter else { return nil }
        self = value
    }

    /// The type's range.
    package static var expectation: String { "an integer from \(Self.min) to \(Self.max)" }
}

extension Int: PathParameter {}
extension Int32: PathParameter {}
extension Int64: PathParameter {}

extension Double: PathParameter {
    /// A finite decimal number, such as `-12.5` or `1e3`.
    package init?(pathParameter: Substring) {
        let plain = pathParameter.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
        }
        guard plain, let value = Double(pathParameter), value.isFinite else { return nil }
        self = value
    }

    package static var expectation: String { "a decimal number" }
}

extension Bool: PathParameter {
    package init?(pathParameter: Substring) {
        switch pathParameter {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }

    package static var expectation: String { "true or false" }
}
