import Foundation
import Networking
import Testing

@Suite struct ListeningSocketTests {
    /// Connects over IPv4 to a listening socket.
    ///
    /// Returns the client's and the server's end.
    private static func connect(to socket: Int32, port: Int) throws -> (client: Int32, server: Int32) {
        let client = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = UInt16(port).bigEndian
        target.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0)
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        try #require(poll(&entry, 1, 10_000) == 1)
        return (client, accept(socket, nil, nil))
    }

    private static func option(_ option: Int32, of socket: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, Int32(IPPROTO_TCP), option, &value, &length)
        return value
    }

    /// Whether this machine has IPv6; the network of a container may lack it.
    private static let hasIPv6 =
        (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?
        .contains("00000000000000000000000000000001 ") ?? false

    @Test(arguments: ["127.0.0.1"] + (hasIPv6 ? ["::1", "::"] : [])) func takesAFreePort(host: String) throws {
        let (socket, port) = try ListeningSocket.open(host: host, port: 0)
        defer { close(socket) }
        #expect((1...65_535).contains(port))
        #expect(SocketAddress(of: socket, getsockname)?.host == host)
    }

    @Test func connectionsInheritItsOptions() throws {
        let (socket, port) = try ListeningSocket.open(
            host: "127.0.0.1",
            port: 0,
            options: [.noDelay, .unsentBytes(12_345)]
        )
        defer { close(socket) }
        let (client, connection) = try Self.connect(to: socket, port: port)
        defer { for end in [client, connection] { close(end) } }
        #expect(Self.option(TCP_NODELAY, of: connection) != 0)
        #expect(Self.option(TCP_NOTSENT_LOWAT, of: connection) == 12_345)
    }

    @Test(.enabled(if: hasIPv6)) func normalisesAnIPv4AddressSeenOverIPv6() throws {
        let (socket, port) = try ListeningSocket.open(host: "::", port: 0)
        defer { close(socket) }
        let (client, connection) = try Self.connect(to: socket, port: port)
        defer { for end in [client, connection] { close(end) } }
        #expect(SocketAddress(of: connection, getpeername)?.host == "127.0.0.1")
        #expect(SocketAddress(of: connection, getpeername) == SocketAddress(of: client, getsockname))
    }

    @Test func reportsAPortInUse() throws {
        let (socket, port) = try ListeningSocket.open(host: "127.0.0.1", port: 0)
        defer { close(socket) }
        let error = #expect(throws: ListeningError.self) { try ListeningSocket.open(host: "127.0.0.1", port: port) }
        #expect(error?.code == .addressInUse)
        #expect(
            error?.description == "Cannot listen on 127.0.0.1, port \(port): another process does; take another port."
        )
    }

    @Test(arguments: [("localhost", 0), ("", 0), ("127.0.0.256", 0), ("127.0.0.1", -1), ("127.0.0.1", 65_536)])
    func rejectsInvalidAddresses(host: String, port: Int) throws {
        let error = #expect(throws: ListeningError.self) { try ListeningSocket.open(host: host, port: port) }
        #expect(error?.code == .invalidAddress)
    }

    @Test func reportsTheSystemsError() throws {
        // A reserved address (RFC 1112) that no machine has. Virtual networks do use the addresses for documentation.
        let error = #expect(throws: ListeningError.self) { try ListeningSocket.open(host: "240.0.0.1", port: 0) }
        #expect(error?.code == .system(EADDRNOTAVAIL))
    }
}
