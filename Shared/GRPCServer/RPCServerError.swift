/// Why a server does not start.
package struct RPCServerError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    package enum Code: Sendable, Equatable {
        /// Another process, or another server of this one, listens there.
        case addressInUse
        /// The host is not an IP address of this machine's, or the port is out of range.
        case invalidAddress
        /// Methods were registered twice, or have names that are none.
        case conflictingMethods([String])
        /// The server has been started before.
        case alreadyStarted
        /// The transport's threads could not be started.
        case noThreads
        /// The system refused, with this `errno`.
        case system(Int32)
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
        case .addressInUse:
            "The gRPC server cannot listen on \(host), port \(port): another process does; take another port."
        case .invalidAddress:
            "The gRPC server cannot listen on \(host), port \(port): give an IP address and a port up to 65535."
        case .conflictingMethods(let methods):
            "The gRPC server has methods that are malformed or registered twice: \(methods.joined(separator: ", "))."
        case .alreadyStarted:
            "The gRPC server was started twice."
        case .noThreads:
            "The gRPC server on port \(port) cannot start its threads: raise the limits of processes and descriptors."
        case .system(let code):
            "The gRPC server cannot listen on \(host), port \(port): the system refuses with error \(code)."
        }
    }
}
