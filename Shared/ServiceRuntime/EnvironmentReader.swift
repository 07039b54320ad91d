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
        value(key, default: `default`, placeholder: "", expectation: "text", help, text: { $0 }, parse: { $0 })
    }

    /// Text, or `nil` if the key is not set.
    package mutating func optionalString(_ key: String, _ help: String) -> String? {
        optionalValue(key, expectation: "text", help, text: { $0 }, parse: { $0 })
    }

    /// Text that must not be shown.
    package mutating func secret(_ key: String, default: Secret? = nil, _ help: String) -> Secret {
        value(
            key,
            default: `default`,
            placeholder: Secret(""),
            expectation: "secret text",
            help,
            isSecret: true,
            text: { $0.description },
            parse: { Secret($0) }
        )
    }

    /// A secret; `nil` if neither the key is set nor the key with the suffix `_FILE`, which names a file with the
    /// secret.
    ///
    /// A file can be protected from others, and an orchestrator can mount one. A line end after the secret is ignored.
    package mutating func optionalSecret(_ key: String, _ help: String) -> Secret? {
        let value = optionalValue(
            key,
            expectation: "secret text",
            help,
            isSecret: true,
            text: { $0.description },
            parse: { Secret($0) }
        )
        let fileKey = key + "_FILE"
        let file = optionalValue(
            fileKey,
            expectation: "the path of a file of at most \(SecretFile.maximumBytes) bytes that can be read",
            "File with what \(key) would have; only one of the two may be set.",
            text: \.path,
            parse: { SecretFile(path: $0) }
        )
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
        value(
            key,
            default: `default`,
            placeholder: range.lowerBound,
            expectation: "an integer from \(range.lowerBound) to \(range.upperBound)",
            help,
            text: { $0.description },
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    /// A whole number, or `nil` if the key is not set.
    package mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>, _ help: String) -> Int? {
        optionalValue(
            key,
            expectation: "an integer from \(range.lowerBound) to \(range.upperBound)",
            help,
            text: { $0.description },
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    /// A number in a range, decimals allowed.
    package mutating func number(
        _ key: String,
        default: Double? = nil,
        in range: ClosedRange<Double>,
        _ help: String
    ) -> Double {
        value(
            key,
            default: `default`,
            placeholder: range.lowerBound,
            expectation: "a number from \(range.lowerBound) to \(range.upperBound)",
            help,
            text: { $0.description },
            parse: { text in Double(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    /// A Boolean: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case.
    package mutating func boolean(_ key: String, default: Bool? = nil, _ help: String) -> Bool {
        value(
            key,
            default: `default`,
            placeholder: false,
            expectation: "true or false",
            help,
            text: { $0.description },
            parse: { text in
                switch text.lowercased() {
                case "true", "yes", "on", "1": true
                case "false", "no", "off", "0": false
                default: nil
                }
            }
        )
    }

    /// A duration: a whole number with the unit `ms`, `s`, `m`, `h` or `d`.
    package mutating func duration(
        _ key: String,
        default: Duration? = nil,
        in range: ClosedRange<Duration>,
        _ help: String
    ) -> Duration {
        value(
            key,
            default: `default`,
            placeholder: range.lowerBound,
            expectation: Self.expectation(range),
            help,
            text: { Quantity.text($0) },
            parse: { Self.duration($0, in: range) }
        )
    }

    /// A duration, or `nil` if the key is not set.
    package mutating func optionalDuration(_ key: String, in range: ClosedRange<Duration>, _ help: String) -> Duration?
    {
        optionalValue(
            key,
            expectation: Self.expectation(range),
            help,
            text: { Quantity.text($0) },
            parse: { Self.duration($0, in: range) }
        )
    }

    private static func expectation(_ range: ClosedRange<Duration>) -> String {
        let bounds = "\(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        return "a duration with its unit (ms, s, m, h, d) from \(bounds)"
    }

    private static func duration(_ text: String, in range: ClosedRange<Duration>) -> Duration? {
        guard let milliseconds = Quantity.parse(text, units: Quantity.time) else { return nil }
        let duration = Duration.milliseconds(milliseconds)
        return range.contains(duration) ? duration : nil
    }

    /// A number of bytes: a whole number with the unit `B`, `kB`, `KiB`, `MB`, `MiB`, `GB` or `GiB`.
    package mutating func bytes(
        _ key: String,
        default: Int? = nil,
        in range: ClosedRange<Int>,
        _ help: String
    ) -> Int {
        value(
            key,
            default: `default`,
            placeholder: range.lowerBound,
            expectation: Self.expectation(range),
            help,
            text: { Quantity.text($0, units: Quantity.size) },
            parse: { Self.bytes($0, in: range) }
        )
    }

    /// A number of bytes, or `nil` if the key is not set.
    package mutating func optionalBytes(_ key: String, in range: ClosedRange<Int>, _ help: String) -> Int? {
        optionalValue(
            key,
            expectation: Self.expectation(range),
            help,
            text: { Quantity.text($0, units: Quantity.size) },
            parse: { Self.bytes($0, in: range) }
        )
    }

    private static func expectation(_ range: ClosedRange<Int>) -> String {
        let bounds = [range.lowerBound, range.upperBound].map { Quantity.text($0, units: Quantity.size) }
        return "a size with its unit (B, kB, KiB, MB, MiB, GB, GiB) from \(bounds[0]) to \(bounds[1])"
    }

    private static func bytes(_ text: String, in range: ClosedRange<Int>) -> Int? {
        Quantity.parse(text, units: Quantity.size).flatMap { range.contains($0) ? $0 : nil }
    }

    /// One of an enum's cases, by its raw value.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        default: Choice,
        _ help: String
    ) -> Choice {
        value(
            key,
            default: `default`,
            placeholder: `default`,
            expectation: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "),
            help,
            text: { $0.rawValue },
            parse: { Choice(rawValue: $0) }
        )
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
        expectation: String,
        _ help: String,
        isSecret: Bool = false,
        text: (Value) -> String,
        parse: (String) -> Value?
    ) -> Value {
        let found = lookUp(key, expectation: expectation, isSecret: isSecret, parse: parse)
        if found == nil, fallback == nil, !problems.contains(where: { $0.key == key }) {
            problems.append(ConfigurationError.Problem(key: key, sentence: "\(key) is missing. \(help)"))
        }
        let inEffect = found ?? fallback
        settings.append(
            Setting(
                key: key,
                expectation: expectation,
                help: help,
                defaultText: fallback.map(text),
                isRequired: fallback == nil,
                isSecret: isSecret,
                valueText: inEffect.map(text) ?? "",
                origin: found != nil ? .environment : fallback != nil ? .default : .absent
            )
        )
        return inEffect ?? placeholder
    }

    private mutating func optionalValue<Value>(
        _ key: String,
        expectation: String,
        _ help: String,
        isSecret: Bool = false,
        text: (Value) -> String,
        parse: (String) -> Value?
    ) -> Value? {
        let found = lookUp(key, expectation: expectation, isSecret: isSecret, parse: parse)
        settings.append(
            Setting(
                key: key,
                expectation: expectation,
                help: help,
                defaultText: nil,
                isRequired: false,
                isSecret: isSecret,
                valueText: found.map(text) ?? "",
                origin: found != nil ? .environment : .absent
            )
        )
        return found
    }

    /// The parsed value; `nil` if it is missing, or malformed, which adds a problem.
    private mutating func lookUp<Value>(
        _ key: String,
        expectation: String,
        isSecret: Bool,
        parse: (String) -> Value?
    ) -> Value? {
        guard let text = environment[key], !text.isEmpty else { return nil }
        if let value = parse(text) { return value }
        let quoted = isSecret ? "malformed" : "\"\(text)\""
        let sentence = "\(key) is \(quoted), but must be \(expectation)."
        problems.append(ConfigurationError.Problem(key: key, sentence: sentence))
        return nil
    }
}
