/// How much a log line matters, from the chattiest to the gravest.
package enum LogLevel: String, Sendable, CaseIterable, Comparable {
    /// For somebody who hunts a bug; off in production.
    case debug
    /// What an operator wants to have read afterwards: started, stopped, took over.
    case info
    /// Something went wrong and was dealt with: a retry, a refused message.
    case warning
    /// Something went wrong and somebody has to look at it.
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
