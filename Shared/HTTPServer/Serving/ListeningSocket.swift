import Glibc

/// Opens the socket that a server listens on; libmicrohttpd would say no more than that it could not.
enum ListeningSocket {
    /// How many connections the kernel keeps until they are accepted.
    private static let backlog: Int32 = 1024
    /// How much of an answer the kernel takes before it can be sent, in bytes of a connection.
    ///
    /// Its own bound is megabytes: a thousand clients that do not read would be all of its memory for TCP, and every
    /// other connection would crawl.
    private static let unsentBytes: Int32 = 32 << 10

    /// Binds and listens.
    ///
    /// - Returns: the socket and the port, which is another one if 0 was asked for.
    /// - Throws: the reason, with address and port.
    static func open(host: String, port: Int) throws(HTTPServerError) -> (socket: Int32, port: Int) {
        guard (0...65_535).contains(port) else { throw HTTPServerError(.invalidAddress, host: host, port: port) }
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
            throw HTTPServerError(.invalidAddress, host: host, port: port)
        }
        defer { freeaddrinfo(found) }
        let socket = Glibc.socket(
            address.pointee.ai_family,
            Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
            0
        )
        guard socket >= 0 else { throw HTTPServerError(.system(errno), host: host, port: port) }
        set(socket, SOL_SOCKET, SO_REUSEADDR, 1)
        // Accepted connections inherit it.
        set(socket, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, unsentBytes)
        guard bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, listen(socket, backlog) == 0
        else {
            let code = errno
            close(socket)
            throw HTTPServerError(code == EADDRINUSE ? .addressInUse : .system(code), host: host, port: port)
        }
        return (socket, boundPort(of: socket) ?? port)
    }

    /// Makes a socket without an address, on which nothing ever comes.
    static func openSilent() -> Int32? {
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        return socket >= 0 ? socket : nil
    }

    private static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func boundPort(of socket: Int32) -> Int? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // Safety: getsockname writes at most the storage's size, and both address types lie at its start.
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let isBound =
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) } == 0
            guard isBound else { return nil }
            if Int32(pointer.pointee.ss_family) == AF_INET6 {
                return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin6_port))
                }
            }
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                Int(UInt16(bigEndian: $0.pointee.sin_port))
            }
        }
    }
}
