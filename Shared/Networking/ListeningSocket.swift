import Glibc

/// Sockets on which TCP servers listen.
///
/// Ours and not the transports' own: libmicrohttpd would say no more than that it could not; gRPC's core stops to accept for
/// good when descriptors run out, knows no bound on connections, and shares a port with whoever else listens there.
package enum ListeningSocket {
    /// What connections inherit that are accepted.
    package enum Option: Sendable {
        /// Nothing is kept back to be sent together with more.
        case noDelay
        /// The kernel keeps a connection to itself until it says something, for at most so many seconds.
        case deferAccept(seconds: Int32)
        /// The kernel takes no more of what cannot be sent yet, in bytes of a connection.
        case unsentBytes(Int32)
    }

    /// How many connections the kernel keeps until they are accepted.
    private static let backlog: Int32 = 1024

    /// Binds and listens, without blocking; the caller closes the socket.
    ///
    /// - Parameters:
    ///   - host: an IPv4 or IPv6 literal.
    ///   - port: the TCP port; 0 takes any that is free.
    ///   - options: what holds for its connections.
    /// - Returns: the socket and the port, which is another one if 0 was asked for.
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
