import Glibc

/// The socket that a server listens on.
///
/// Ours and not the core's, which stops to accept for good when descriptors run out, knows no bound on connections, and
/// shares a port with whoever else listens there.
enum ListeningSocket {
    /// How many connections the kernel keeps until they are accepted.
    private static let backlog: Int32 = 1024
    /// How long the kernel keeps a connection that says nothing before it is accepted, in seconds.
    private static let silence: Int32 = 10

    /// Binds and listens.
    ///
    /// - Returns: the socket and the port, which is another one if 0 was asked for.
    /// - Throws: the reason, with address and port.
    static func open(host: String, port: Int) throws(RPCServerError) -> (socket: Int32, port: Int) {
        guard (0...65_535).contains(port) else { throw RPCServerError(.invalidAddress, host: host, port: port) }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
            throw RPCServerError(.invalidAddress, host: host, port: port)
        }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(
            address.pointee.ai_family,
            Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard socket >= 0 else { throw RPCServerError(.system(errno), host: host, port: port) }
        set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
        // Accepted connections inherit it.
        set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(socket, Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, silence)
        guard bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, listen(socket, backlog) == 0
        else {
            let code = errno
            close(socket)
            throw RPCServerError(code == EADDRINUSE ? .addressInUse : .system(code), host: host, port: port)
        }
        return (socket, SocketAddress(of: socket, getsockname)?.port ?? port)
    }

    private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// An address as people read it, and a port.
struct SocketAddress: Equatable, Sendable {
    /// `127.0.0.1` or `::1`; an IPv4 address that came over IPv6 is one of IPv4.
    let host: String
    /// The TCP port.
    let port: Int

    /// The address of one end of a socket; `nil` if it has none.
    ///
    /// - Parameters:
    ///   - socket: the socket.
    ///   - read: `getsockname` or `getpeername`.
    init?(
        of socket: Int32,
        _ read: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // Safety: `read` writes at most the storage's size, and an address of any family lies at its start.
        let names = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> (String, String)? in
                guard read(socket, address, &length) == 0 else { return nil }
                return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST + NI_MAXSERV)) { text in
                    guard let host = text.baseAddress else { return nil }
                    let service = host + Int(NI_MAXHOST)
                    let isNamed = getnameinfo(
                        address,
                        length,
                        host,
                        socklen_t(NI_MAXHOST),
                        service,
                        socklen_t(NI_MAXSERV),
                        NI_NUMERICHOST | NI_NUMERICSERV
                    )
                    return isNamed == 0 ? (String(cString: host), String(cString: service)) : nil
                }
            }
        }
        guard let (host, service) = names, let port = Int(service) else { return nil }
        let mapped = "::ffff:"
        self.host = host.hasPrefix(mapped) && host.contains(".") ? String(host.dropFirst(mapped.utf8.count)) : host
        self.port = port
    }
}
