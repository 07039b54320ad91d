import CMicroHTTPD
import Glibc

/// Addresses of sockets as text and as the kernel takes them.
enum SocketAddress {
    /// The IP address without its port; empty if it is neither IPv4 nor IPv6.
    static func text(_ address: UnsafePointer<sockaddr>?) -> String {
        guard let address else { return "" }
        let length: socklen_t
        switch Int32(address.pointee.sa_family) {
        case AF_INET: length = socklen_t(MemoryLayout<sockaddr_in>.size)
        case AF_INET6: length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        default: return ""
        }
        return String(unsafeUninitializedCapacity: Int(NI_MAXHOST)) { buffer in
            // Safety: getnameinfo writes at most the buffer's size, with a NUL at the end.
            buffer.withMemoryRebound(to: CChar.self) { text in
                getnameinfo(address, length, text.baseAddress, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
                    ? text.firstIndex(of: 0) ?? 0 : 0
            }
        }
    }
}
