import GRPCTestSupport
import Glibc
import TestSupport
import Testing

@testable import GRPCServer

@Suite struct ConnectionTests {
    private static let echo: @Sendable (inout RPCRouter) -> Void = { router in
        router.unary("/test.Service/Echo") { (request: Bytes, _) in request }
    }

    @Test func closesConnectionsOverTheLimitAndAcceptsOthersLater() async throws {
        try await withServer { configuration in
            configuration.maximumConnections = 2
        } routes: { router in
            Self.echo(&router)
        } _: { test in
            let first = try RawConnection(to: test.server.port)
            let second = try RawConnection(to: test.server.port)
            for connection in [first, second] { connection.send(RawConnection.preface) }
            try await eventually { test.value("grpc_connections_accepted_total") == "2" }
            let third = try RawConnection(to: test.server.port)
            third.send(RawConnection.preface)
            try await eventually("the third is closed") { third.isClosed }
            try await test.expect("grpc_connections_refused_total", "1")
            #expect(!first.isClosed)
            first.close()
            try await eventually("there is room again") {
                try await test.client.unary("/test.Service/Echo", [1]).status.code == 0
            }
        }
    }

    @Test func closesConnectionsOverTheLimitOfAnAddress() async throws {
        try await withServer { configuration in
            configuration.maximumConnectionsPerAddress = 1
        } routes: { router in
            Self.echo(&router)
        } _: { test in
            #expect(try await test.client.unary("/test.Service/Echo", [1]).status.code == 0)
            let other = try RawConnection(to: test.server.port)
            other.send(RawConnection.preface)
            try await eventually("the other is closed") { other.isClosed }
        }
    }

    @Test func releasesClosedConnections() async throws {
        try await withServer(routes: Self.echo) { test in
            let connection = try RawConnection(to: test.server.port)
            connection.send(RawConnection.preface)
            try await eventually { test.value("grpc_connections") == "1" }
            connection.close()
            try await eventually { test.value("grpc_connections") == "0" }
        }
    }

    @Test func closesASilentConnection() async throws {
        try await withServer { configuration in
            configuration.keepaliveTime = .seconds(1)
            configuration.keepaliveTimeout = .seconds(1)
        } routes: { router in
            Self.echo(&router)
        } _: { test in
            // This client has started a frame that it never ends, so it cannot answer a ping.
            let stalled = try RawConnection(to: test.server.port)
            stalled.send(RawConnection.preface + [0, 0, 100, 1, 4, 0, 0, 0, 1, 0])
            try await eventually("it is ended") { stalled.isClosed }
        }
    }

    @Test func closesAConnectionThatCancelsEachCallAtOnce() async throws {
        try await withServer { configuration in
            // Only the counted cancellations may close the connection.
            configuration.maximumStreamsPerConnection = 1_000
        } routes: { router in
            Self.echo(&router)
            router.unary("/test.Service/Wait") { (request: Bytes, _) in
                try await Task.sleep(for: .seconds(600))
                return request
            }
        } _: { test in
            let abuser = try RawConnection(to: test.server.port)
            abuser.send(RawConnection.preface)
            var stream: UInt32 = 1
            while !abuser.isClosed, stream < 200_000 {
                var frames: [UInt8] = []
                for _ in 0..<50 {
                    frames += RawConnection.headers(stream, path: "/test.Service/Wait") + RawConnection.reset(stream)
                    stream += 2
                }
                abuser.send(frames)
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(abuser.isClosed)
            try await eventually("it is counted") { test.value("grpc_connections_cut_total") != "0" }
            #expect(try await test.client.unary("/test.Service/Echo", [1]).status.code == 0)
            try await eventually { test.value("grpc_calls_in_flight") == "0" }
        }
    }

    @Test func toleratesAClientThatCancelsSomeCalls() async throws {
        try await withServer(routes: Self.echo) { test in
            let client = try RawConnection(to: test.server.port)
            client.send(RawConnection.preface)
            for stream in stride(from: UInt32(1), to: 300, by: 2) {
                client.send(RawConnection.headers(stream, path: "/test.Service/Echo") + RawConnection.reset(stream))
            }
            try await Task.sleep(for: .milliseconds(300))
            #expect(!client.isClosed)
            try await test.expect("grpc_connections_cut_total", "0")
        }
    }
}

/// A connection that sends hand-written frames.
final class RawConnection {
    /// The connection preface of HTTP/2, with empty settings.
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    private var socket: Int32
    private var hasEnded = false

    init(to port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw RPCError(.unavailable, "no connection") }
    }

    deinit {
        close()
    }

    /// Sends as much as the peer accepts at once.
    func send(_ bytes: [UInt8]) {
        _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Whether the peer has closed the connection.
    ///
    /// Discards received bytes.
    var isClosed: Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !hasEnded {
            let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { continue }
            if count < 0, errno == EAGAIN { return false }
            hasEnded = true
        }
        return true
    }

    func close() {
        guard socket >= 0 else { return }
        Glibc.close(socket)
        socket = -1
    }

    /// A HEADERS frame that starts a call.
    ///
    /// Every field is a literal without indexing (RFC 7541, section 6.2.2).
    static func headers(_ stream: UInt32, path: String) -> [UInt8] {
        var block: [UInt8] = []
        for (name, value) in [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("te", "trailers"),
            ("content-type", "application/grpc"),
        ] {
            block += [0, UInt8(name.utf8.count)] + Array(name.utf8) + [UInt8(value.utf8.count)] + Array(value.utf8)
        }
        return frame(1, flags: 4, stream, block)
    }

    /// An RST_STREAM frame with the code CANCEL.
    static func reset(_ stream: UInt32) -> [UInt8] {
        frame(3, flags: 0, stream, [0, 0, 0, 8])
    }

    private static func frame(_ type: UInt8, flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        [UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF), type, flags]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> $0) } + payload
    }
}
