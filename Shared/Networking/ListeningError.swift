import Glibc

/// Why a server cannot listen.
package struct ListeningError: Error, Sendable, CustomStringConvertible {
    /// The kinds of reasons.
    package enum Code: Sendable, Equatable {
        /// Another socket already listens there.
        case addressInUse
        /// The host is not an IP address of this machine, or the port is out of range.
        case invalidAddress
        /// The system refused with this `errno`.
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
        let reason =
            switch code {
            case .addressInUse: "another process does; take another port"
            case .invalidAddress: "give an IP address and a port up to 65535"
            case .system(let code): String(cString: strerror(code))
            }
        return "Cannot listen on \(host), port \(port): \(reason)."
    }
}
