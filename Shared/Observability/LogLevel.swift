/// The importance of a log line, in ascending order.
package enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// For debugging; off in production.
    case debug
    /// The normal course of a process: started, stopped, took over.
    case info
    /// A failure that the process handled: a retry, a rejected message.
    case warning
    /// A failure that an operator must look at.
    case error

    package static func < (lhs: LogLevel, rhs: LogLevel) -> Bool {
        lhs.rank < rhs.rank
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }
}
