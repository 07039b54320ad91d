/// Why a server does not start.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    package enum Code: Sendable, Equatable {
        /// Routes contradict each other or have malformed templates.
        case conflictingRoutes([String])
        /// The server has been started before.
        case alreadyStarted
        /// The transport's threads could not be started.
        case noThreads
    }

    /// The kind of reason.
    package let code: Code
    /// Where the server was to listen.
    package let host: String
    /// Where the server was to listen.
    package let port: Int

    init(_ code: Code, host: String, port: Int) {
        self.code = code
        self.host = host
        self.port = port
    }

    package var description: String {
        switch code {
        case .conflictingRoutes(let routes):
            "The HTTP server has routes that are malformed or registered twice: \(routes.joined(separator: ", "))."
        case .alreadyStarted:
            "The HTTP server was started twice."
        case .noThreads:
            "The HTTP server on port \(port) cannot start its threads: raise the limits of processes and descriptors."
        }
    }
}
