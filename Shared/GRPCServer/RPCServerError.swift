/// Why a server does not start.
package struct RPCServerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    package enum Code: Sendable, Equatable {
        /// Methods were registered twice, or have names that are none.
        case conflictingMethods([String])
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
        case .conflictingMethods(let methods):
            "The gRPC server has methods that are malformed or registered twice: \(methods.joined(separator: ", "))."
        case .alreadyStarted:
            "The gRPC server was started twice."
        case .noThreads:
            "The gRPC server on port \(port) cannot start its threads: raise the limits of processes and descriptors."
        }
    }
}
