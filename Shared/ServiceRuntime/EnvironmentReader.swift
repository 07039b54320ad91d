/// Reads settings from a copy of the environment, collects the problems, and reports them together.
///
/// ```swift
/// var reader = EnvironmentReader(Environment.current)
/// let port = reader.integer("HTTP_PORT", default: 5000, in: 0...65_535, "TCP port to listen on; 0 chooses a free one.")
/// let password = reader.secret("DB_PASSWORD", "Password of the database's user.")
/// try reader.finish()
/// ```
///
/// A key without a default is required. A placeholder stands for a missing or malformed value, and is never used
/// because ``finish()`` throws. An empty variable counts as not set.
package struct EnvironmentReader: Sendable {
    /// Every key that was read, with its documentation and the value in effect.
    package private(set) var settings: [Setting] = []
    private let environment: [String: String]
    private var problems: [ConfigurationError.Problem] = []

    /// A reader of a copy of the environment, which is ``Environment/current`` in a process.
    package init(_ environment: [String: String]) {
        self.environment = environment
    }

    /// Text that is not empty.
    package mutating func string(_ key: String, default: String? = nil, _ help: String) -> String {
        value(key, default: `default`, placeholder: "", .text, help)
    }

    /// Text, or `nil` if the key is not set.
    package mutating func optionalString(_ key: String, _ help: String) -> String? {
        optionalValue(key, .text, help)
    }

    /// Text that must not be shown.
    package mutating func secret(_ key: String, default: Secret? = nil, _ help: String) -> Secret {
        value(key, default: `default`, placeholder: Secret(""), .secret, help)
    }

    /// A secret; `nil` if neither the key is set nor the key with the suffix `_FILE`, which names a file with the
    /// secret.
    ///
    /// A file can be protected from others, and an orchestrator can mount one. A line end after the secret is ignored.
    package mutating func optionalSecret(_ key: String, _ help: String) -> Secret? {
        let value = optionalValue(key, .secret, help)
        let fileKey = key + "_FILE"
        let fileHelp = "File with what \(key) would have; only one of the two may be set."
        let file = optionalValue(fileKey, .secretFile, fileHelp)
        require(
            value == nil || file == nil,
            key: fileKey,
            "\(key) and \(fileKey) are both set, but only one of them may be."
        )
        return value ?? file?.secret
    }

    /// A whole number in a range.
    package mutating func integer(
        _ key: String,
        default: Int? = nil,
        in range: ClosedRange<Int>,
        _ help: String
    ) -> Int {
        value(key, default: `default`, placeholder: range.lowerBound, .integer(in: range), help)
    }

    /// A whole number, or `nil` if the key is not set.
    package mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>, _ help: String) -> Int? {
        optionalValue(key, .integer(in: range), help)
    }

    /// A number in a range, decimals allowed.
    package mutating func number(
        _ key: String,
        default: Double? = nil,
        in range: ClosedRange<Double>,
        _ help: String
    ) -> Double {
        value(key, default: `default`, placeholder: range.lowerBound, .number(in: range), help)
    }

    /// A Boolean: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case.
    package mutating func boolean(_ key: String, default: Bool? = nil, _ help: String) -> Bool {
        value(key, default: `default`, placeholder: false, .boolean, help)
    }

    /// A duration: a whole number with the unit `ms`, `s`, `m`, `h` or `d`.
    package mutating func duration(
        _ key: String,
        default: Duration? = nil,
        in range: ClosedRange<Duration>,
        _ help: String
    ) -> Duration {
        value(key, default: `default`, placeholder: range.lowerBound, .duration(in: range), help)
    }

    /// A duration, or `nil` if the key is not set.
    package mutating func optionalDuration(_ key: String, in range: ClosedRange<Duration>, _ help: String) -> Duration?
    {
        optionalValue(key, .duration(in: range), help)
    }

    /// A number of bytes: a whole number with the unit `B`, `kB`, `KiB`, `MB`, `MiB`, `GB` or `GiB`.
    package mutating func bytes(
        _ key: String,
        default: Int? = nil,
        in range: ClosedRange<Int>,
        _ help: String
    ) -> Int {
        value(key, default: `default`, placeholder: range.lowerBound, .bytes(in: range), help)
    }

    /// A number of bytes, or `nil` if the key is not set.
    package mutating func optionalBytes(_ key: String, in range: ClosedRange<Int>, _ help: String) -> Int? {
        optionalValue(key, .bytes(in: range), help)
    }

    /// One of an enum's cases, by its raw value.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default: Choice,
        _ help: String
    ) -> Choice {
        value(key, default: `default`, placeholder: `default`, .choice, help)
    }

    /// Adds a problem if a rule among settings is violated; ignored if one of them is already wrong.
    ///
    /// - Parameters:
    ///   - condition: the rule.
    ///   - key: the setting to change.
    ///   - sentence: what is wrong and what is expected.
    package mutating func require(_ condition: Bool, key: String, _ sentence: String) {
        if problems.isEmpty, !condition {
            problems.append(ConfigurationError.Problem(key: key, sentence: sentence))
        }
    }

    /// Throws if a setting is wrong; call it after all have been read.
    package func finish() throws(ConfigurationError) {
        if !problems.isEmpty { throw ConfigurationError(problems: problems) }
    }

    // MARK: One setting

    private mutating func value<Value>(
        _ key: String,
        default fallback: Value?,
        placeholder: Value,
        _ kind: SettingKind<Value>,
        _ help: String
    ) -> Value {
        let found = read(key, default: fallback, isRequired: fallback == nil, kind, help)
        if found == nil, fallback == nil, !problems.contains(where: { $0.key == key }) {
            problems.append(ConfigurationError.Problem(key: key, sentence: "\(key) is missing. \(help)"))
        }
        return found ?? fallback ?? placeholder
    }

    private mutating func optionalValue<Value>(_ key: String, _ kind: SettingKind<Value>, _ help: String) -> Value? {
        read(key, default: nil, isRequired: false, kind, help)
    }

    /// The parsed value; `nil` if it is missing, or malformed, which adds a problem.
    private mutating func read<Value>(
        _ key: String,
        default fallback: Value?,
        isRequired: Bool,
        _ kind: SettingKind<Value>,
        _ help: String
    ) -> Value? {
        let text = environment[key].flatMap { $0.isEmpty ? nil : $0 }
        let found = text.flatMap(kind.parse)
        if let text, found == nil {
            let quoted = kind.isSecret ? "malformed" : "\"\(text)\""
            let sentence = "\(key) is \(quoted), but must be \(kind.expectation)."
            problems.append(ConfigurationError.Problem(key: key, sentence: sentence))
        }
        settings.append(
            Setting(
                key: key,
                expectation: kind.expectation,
                help: help,
                defaultText: fallback.map(kind.text),
                isRequired: isRequired,
                isSecret: kind.isSecret,
                valueText: (found ?? fallback).map(kind.text) ?? "",
                origin: found != nil ? .environment : fallback != nil ? .default : .absent
            )
        )
        return found
    }
}
