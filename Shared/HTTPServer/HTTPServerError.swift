/// Why a server does not start, apart from the errors of listening.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// Routes contradict each other or have malformed templates.
    case conflictingRoutes([String])
    /// The server has been started before.
    case alreadyStarted
    /// The server on this port could not start its threads.
    case noThreads(port: Int)

    package var description: String {
        switch self {
        case .conflictingRoutes(let routes):
            "The HTTP server has routes that are malformed or registered twice: \(routes.joined(separator: ", "))."
        case .alreadyStarted:
            "The HTTP server was started twice."
        case .noThreads(let port):
            "The HTTP server on port \(port) cannot start its threads: raise the limits of processes and descriptors."
        }
    }
}
