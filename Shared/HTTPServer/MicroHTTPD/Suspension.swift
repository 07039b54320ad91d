/// Whether libmicrohttpd processes a connection.
///
/// Suspending takes two steps, and a resumption may be asked for in between.
enum Suspension {
    case none
    /// The connection's thread is about to suspend it.
    case entering(resumeAsked: Bool)
    case suspended

    /// The connection's thread will suspend the connection.
    mutating func enter() {
        self = .entering(resumeAsked: false)
    }

    /// The connection's thread has suspended the connection.
    ///
    /// - Returns: whether it must resume it at once, because that was requested meanwhile.
    mutating func didEnter() -> Bool {
        guard case .entering(let resumeAsked) = self else { return false }
        self = resumeAsked ? .none : .suspended
        return resumeAsked
    }

    /// Checks whether the suspension, which costs four system calls, can be skipped.
    ///
    /// - Returns: whether the resumption has already been requested, so the connection must not be suspended.
    mutating func skip() -> Bool {
        guard case .entering(resumeAsked: true) = self else { return false }
        self = .none
        return true
    }

    /// Asks for the resumption.
    ///
    /// - Returns: whether the caller must resume the connection.
    mutating func resume() -> Bool {
        switch self {
        case .none: return false
        case .entering:
            self = .entering(resumeAsked: true)
            return false
        case .suspended:
            self = .none
            return true
        }
    }
}
