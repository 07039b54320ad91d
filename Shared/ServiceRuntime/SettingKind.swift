/// The values that a setting accepts, and their form as text.
struct SettingKind<Value> {
    /// What is expected, for a sentence about a malformed value.
    let expectation: String
    /// Whether the value must not be shown.
    var isSecret = false
    /// Writes a value.
    let text: (Value) -> String
    /// Reads a value; `nil` if it is malformed.
    let parse: (String) -> Value?
}

extension SettingKind<String> {
    static var text: Self { Self(expectation: "text", text: { $0 }, parse: { $0 }) }
}

extension SettingKind<Secret> {
    static var secret: Self {
        Self(expectation: "secret text", isSecret: true, text: { $0.description }, parse: { Secret($0) })
    }
}

extension SettingKind<SecretFile> {
    static var secretFile: Self {
        Self(
            expectation: "the path of a file of at most \(SecretFile.maximumBytes) bytes that can be read",
            text: \.path,
            parse: { SecretFile(path: $0) }
        )
    }
}

extension SettingKind<Int> {
    static func integer(in range: ClosedRange<Int>) -> Self {
        Self(
            expectation: "an integer from \(range.lowerBound) to \(range.upperBound)",
            text: { $0.description },
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }

    static func bytes(in range: ClosedRange<Int>) -> Self {
        let bounds = [range.lowerBound, range.upperBound].map { Quantity.text($0, units: Quantity.size) }
        return Self(
            expectation: "a size with its unit (B, kB, KiB, MB, MiB, GB, GiB) from \(bounds[0]) to \(bounds[1])",
            text: { Quantity.text($0, units: Quantity.size) },
            parse: { Quantity.parse($0, units: Quantity.size).flatMap { range.contains($0) ? $0 : nil } }
        )
    }
}

extension SettingKind<Double> {
    static func number(in range: ClosedRange<Double>) -> Self {
        Self(
            expectation: "a number from \(range.lowerBound) to \(range.upperBound)",
            text: { $0.description },
            parse: { text in Double(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }
}

extension SettingKind<Bool> {
    static var boolean: Self {
        Self(
            expectation: "true or false",
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
}

extension SettingKind<Duration> {
    static func duration(in range: ClosedRange<Duration>) -> Self {
        let bounds = "\(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
        return Self(
            expectation: "a duration with its unit (ms, s, m, h, d) from \(bounds)",
            text: { Quantity.text($0) },
            parse: { text in
                let duration = Quantity.parse(text, units: Quantity.time).map { Duration.milliseconds($0) }
                return duration.flatMap { range.contains($0) ? $0 : nil }
            }
        )
    }
}

extension SettingKind where Value: RawRepresentable<String> & CaseIterable {
    static var choice: Self {
        Self(
            expectation: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            text: { $0.rawValue },
            parse: { Value(rawValue: $0) }
        )
    }
}
