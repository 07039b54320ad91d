package import Glibc

/// An address as text, and a port.
package struct SocketAddress: Equatable, Sendable {
    /// The literal, such as `127.0.0.1` or `::1`; IPv4 also where the connection came over IPv6.
    package let host: String
    /// The TCP port.
    package let port: Int

    /// Converts an address of the kernel; `nil` if it is neither IPv4 nor IPv6.
    package init?(_ address: UnsafePointer<sockaddr>) {
        let length: Int
        switch Int32(address.pointee.sa_family) {
        case AF_INET: length = MemoryLayout<sockaddr_in>.size
        case AF_INET6: length = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        // Safety: getnameinfo reads as many bytes as the family has, and writes at most the two buffers, including
        // their NULs.
        let names = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST + NI_MAXSERV)) { text in
            text.baseAddress.flatMap { host -> (String, String)? in
                let service = host + Int(NI_MAXHOST)
                let isNamed = getnameinfo(
                    address,
                    socklen_t(length),
                    host,
                    socklen_t(NI_MAXHOST),
                    service,
                    socklen_t(NI_MAXSERV),
                    NI_NUMERICHOST | NI_NUMERICSERV
                )
                return isNamed == 0 ? (String(cString: host), String(cString: service)) : nil
            }
        }
        guard let (host, service) = names, let port = Int(service) else { return nil }
        let mapped = "::ffff:"
        self.host = host.hasPrefix(mapped) && host.contains(".") ? String(host.dropFirst(mapped.utf8.count)) : host
        self.port = port
    }

    /// The address of one end of a socket; `nil` if it has none.
    ///
    /// - Parameters:
    ///   - socket: the socket.
    ///   - read: `getsockname` or `getpeername`.
    package init?(
        of socket: Int32,
        _ read: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // Safety: `read` writes at most the storage's size, and an address of any family lies at its start.
        let address = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                read(socket, address, &length) == 0 ? SocketAddress(address) : nil
            }
        }
        guard let address else { return nil }
        self = address
    }
}
