/// All problems of the environment, so that one start reports all of them.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// A problem of one setting.
    package struct Problem: Sendable, Equatable {
        /// The environment variable's name.
        package let key: String
        /// What is wrong and what is expected; never quotes a secret.
        package let sentence: String
    }

    /// The problems in the order in which the keys were read; at least one.
    package let problems: [Problem]

    package var description: String {
        let count = problems.count == 1 ? "One setting is wrong:" : "\(problems.count) settings are wrong:"
        return ([count] + problems.map { "  " + $0.sentence }).joined(separator: "\n")
    }
}
