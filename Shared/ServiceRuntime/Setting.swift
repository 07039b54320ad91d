/// One key of the environment: its documentation and the value in effect.
package struct Setting: Sendable, Equatable {
    /// The source of the value in effect.
    package enum Origin: String, Sendable {
        case environment
        case `default`
        /// There is no value, because the key is optional or missing.
        case absent
    }

    /// The environment variable's name.
    package let key: String
    /// The expected form: "an integer from 0 to 65535".
    package let expectation: String
    /// One sentence about its purpose.
    package let help: String
    /// The default as text; `nil` if there is none.
    package let defaultText: String?
    /// Whether the process needs it to start.
    package let isRequired: Bool
    /// Whether the value must not be shown.
    package let isSecret: Bool
    /// The value in effect as text, with secrets redacted; empty if absent or malformed.
    package let valueText: String
    /// The source of the value in effect.
    package let origin: Origin

    /// `KEY=value`, with secrets redacted.
    package var assignment: String { "\(key)=\(valueText)" }
}

extension [Setting] {
    /// The list that `--help` prints: key, expected form, default, purpose.
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

    /// The settings from the environment in one line for the log, with secrets redacted.
    package var overrides: String {
        filter { $0.origin == .environment }.map(\.assignment).joined(separator: " ")
    }
}
