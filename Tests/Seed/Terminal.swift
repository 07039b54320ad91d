import Glibc

/// The two streams that a person at the terminal reads.
enum Terminal {
    /// Whether messages are shown on a terminal, rather than going into a file.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes what was asked for.
    static func result(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes what is said beside it.
    static func message(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // Nobody reads any more: there is nobody left to tell.
            guard count > 0 else { return }
            rest.removeFirst(count)
        }
    }
}
