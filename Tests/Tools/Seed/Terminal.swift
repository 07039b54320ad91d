import Glibc

/// The two streams that a person at the terminal reads.
enum Terminal {
    /// Whether messages are shown on a terminal, rather than going into a file.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes the requested output.
    static func result(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// Writes a message.
    static func message(_ text: String) { write(text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // The reader has gone, so the message is dropped.
            guard count > 0 else { return }
            rest.removeFirst(count)
        }
    }
}
