/// What is known about one key of the environment: its documentation, and the value in effect.
package struct Setting: Sendable, Equatable {
    /// Where the value in effect came from.
    package enum Origin: String, Sendable {
        case environment
        case `default`
        /// There is no value: the key is optional, or missing.
        case absent
    }

    /// The environment variable's name.
    package let key: String
    /// What a value looks like: "an integer from 0 to 65535".
    package let expectation: String
    /// One sentence about what it is for.
    package let help: String
    /// The default as one would write it; `nil` if there is none.
    package let defaultText: String?
    /// Whether the process does not start without it.
    package let isRequired: Bool
    /// Whether the value may be shown to nobody.
    package let isSecret: Bool
    /// The value in effect as one would write it, secrets redacted; empty if absent or malformed.
    package let valueText: String
    /// Where the value in effect came from.
    package let origin: Origin

    /// `KEY=value`, secrets redacted.
    package var assignment: String { "\(key)=\(valueText)" }
}

extension [Setting] {
    /// The reference that `--help` prints: key, what a value looks like, default, what it is for.
    package var reference: String {
        map { setting in
            let fallback =
                if let text = setting.defaultText {
                    "default: \(text.isEmpty ? "empty" : text)"
                } else if setting.isRequired {
                    "required"
                } else {
                    "optional"
                }
            return "  \(setting.key)\n      \(setting.help)\n      \(setting.expectation); \(fallback)\n"
        }
        .joined()
    }

    /// What the environment sets, in one line for a log, secrets redacted.
    package var overrides: String {
        filter { $0.origin == .environment }.map(\.assignment).joined(separator: " ")
    }
}
