/// The reason why no meetings were written, and the exit code for it.
struct FinderError: Error, CustomStringConvertible {
    /// The exit codes, those of `sysexits.h`.
    enum Code: Int32 {
        case usage = 64
        case input = 65
        case output = 74
    }

    let code: Code
    /// One sentence that names the field.
    let description: String

    init(code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
