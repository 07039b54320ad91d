/// Everything that is wrong with the environment, so that one start tells all and not one thing after the other.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// One setting's problem.
    package struct Problem: Sendable, Equatable {
        /// The environment variable's name.
        package let key: String
        /// What is wrong and what would be right; never quotes a secret.
        package let sentence: String
    }

    /// The problems in the order of the keys' reading; at least one.
    package let problems: [Problem]

    package var description: String {
        let count = problems.count == 1 ? "One setting is wrong:" : "\(problems.count) settings are wrong:"
        return ([count] + problems.map { "  " + $0.sentence }).joined(separator: "\n")
    }
}
