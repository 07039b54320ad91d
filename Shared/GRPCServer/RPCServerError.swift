/// Why a server does not start, apart from the errors of listening.
package enum RPCServerError: Error, Equatable, CustomStringConvertible {
    /// Methods were registered twice, or have malformed names.
    case conflictingMethods([String])
    /// The server has been started before.
    case alreadyStarted
    /// The server on this port could not start its threads.
    case noThreads(port: Int)

    package var description: String {
        switch self {
        case .conflictingMethods(let methods):
            "The gRPC server has methods that are malformed or registered twice: \(methods.joined(separator: ", "))."
        case .alreadyStarted:
            "The gRPC server was started twice."
        case .noThreads(let port):
            "The gRPC server on port \(port) cannot start its threads: raise the limits of processes and descriptors."
        }
    }
}
