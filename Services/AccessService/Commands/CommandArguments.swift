/// The arguments of a command: words, and options such as `--days 30` or `--json`.
struct CommandArguments {
    /// Why the arguments are not those of the command.
    struct UsageError: Error, CustomStringConvertible {
        let description: String
    }

    /// The words in their order.
    let words: [String]
    private let values: [String: [String]]
    private let flags: Set<String>

    /// Reads arguments.
    ///
    /// - Parameters:
    ///   - arguments: the arguments after the command.
    ///   - options: the options that have a value, without `--`.
    ///   - flags: the options without one.
    /// - Throws: ``UsageError`` for an unknown option, or one without its value.
    init(_ arguments: [String], options: Set<String> = [], flags: Set<String> = []) throws(UsageError) {
        var (words, values, found) = ([String](), [String: [String]](), Set<String>())
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            let name = String(argument.dropFirst(2))
            if flags.contains(name) || name == "json" || name == "help" {
                found.insert(name)
            } else if options.contains(name), let value = rest.popFirst() {
                values[name, default: []].append(value)
            } else {
                throw UsageError(
                    description: options.contains(name)
                        ? "\(argument) needs a value." : "There is no option \(argument)."
                )
            }
        }
        self.words = words
        self.values = values
        self.flags = found
    }

    /// Whether the output is JSON.
    var isJSON: Bool { flags.contains("json") }

    /// Whether an option without a value was given.
    func has(_ flag: String) -> Bool { flags.contains(flag) }

    /// The values of an option that may be repeated.
    func values(_ option: String) -> [String] { values[option] ?? [] }

    /// Converts the value of an option; `nil` without the option.
    func value<Value>(
        _ option: String,
        _ expectation: String,
        _ convert: (String) -> Value?
    ) throws(UsageError) -> Value? {
        guard let texts = values[option] else { return nil }
        guard texts.count == 1, let value = convert(texts[0]) else {
            throw UsageError(description: "--\(option) must be \(expectation).")
        }
        return value
    }

    /// Converts a word.
    func word<Value>(
        _ index: Int,
        _ name: String,
        _ expectation: String,
        _ convert: (String) -> Value?
    ) throws(UsageError) -> Value {
        guard words.indices.contains(index) else { throw UsageError(description: "\(name) is missing.") }
        guard let value = convert(words[index]) else {
            throw UsageError(description: "\(name) must be \(expectation).")
        }
        return value
    }

    /// - Throws: ``UsageError`` if there are more words.
    func expect(words count: Int) throws(UsageError) {
        guard words.count <= count else { throw UsageError(description: "\(words[count]) was not expected.") }
    }
}
