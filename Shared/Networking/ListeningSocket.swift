import Glibc

/// Sockets on which TCP servers listen.
///
/// The transports could open sockets themselves, but libmicrohttpd would not report why it failed. gRPC's core stops
/// accepting permanently when descriptors run out, has no limit on connections, and shares a port with any other listener.
package enum ListeningSocket {
    /// Options that accepted connections inherit.
    package enum Option: Sendable {
        /// Sends small packets at once (`TCP_NODELAY`).
        case noDelay
        /// The kernel hands a connection over once it has data, or after this many seconds.
        case deferAccept(seconds: Int32)
        /// How many unsent bytes the kernel buffers per connection.
        case unsentBytes(Int32)
    }

    /// How many connections the kernel queues until they are accepted.
    private static let backlog: Int32 = 1024

    /// Opens a non-blocking listening socket; the caller closes it.
    ///
    /// - Parameters:
    ///   - host: an IPv4 or IPv6 literal.
    ///   - port: the TCP port; 0 takes a free one.
    ///   - options: options of its connections.
    /// - Returns: the socket and its port, which differs from the argument if that was 0.
    /// - Throws: the reason, with address and port.
    package static func open(
        host: String,
        port: Int,
        options: [Option] = []
    ) throws(ListeningError) -> (socket: Int32, port: Int) {
        guard (0...65_535).contains(port) else { throw ListeningError(.invalidAddress, host: host, port: port) }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
            throw ListeningError(.invalidAddress, host: host, port: port)
        }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(
            address.pointee.ai_family,
            Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard socket >= 0 else { throw ListeningError(.system(errno), host: host, port: port) }
        set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
        for option in options {
            switch option {
            case .noDelay: set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
            case .deferAccept(let seconds): set(socket, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, seconds)
            case .unsentBytes(let count): set(socket, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, count)
            }
        }
        guard bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, listen(socket, backlog) == 0
        else {
            let code = errno
            close(socket)
            throw ListeningError(code == EADDRINUSE ? .addressInUse : .system(code), host: host, port: port)
        }
        return (socket, SocketAddress(of: socket, getsockname)?.port ?? port)
    }

    private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
