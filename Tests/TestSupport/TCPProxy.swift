import Dispatch
import Foundation
import Glibc
internal import Synchronization

/// Stands between a client and a server on this machine, and can be cut: then nobody gets through.
package final class TCPProxy: Sendable {
    private struct State {
        var isCut = false
        var sockets: Set<Int32> = []
    }

    /// Where to connect to, on 127.0.0.1.
    package let port: Int

    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    /// Listens on a free port.
    ///
    /// - Parameters:
    ///   - target: the server's port on 127.0.0.1.
    ///   - isCut: whether to begin without letting anybody through.
    /// - Throws: ``NoSocket`` if the machine has none left.
    package init(to target: Int, isCut: Bool = false) throws {
        self.target = UInt16(target)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isListening else { throw NoSocket() }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        state.withLock { $0.isCut = isCut }
        Thread.detachNewThread { [self] in accept() }
    }

    /// Ends all connections, and from now on each new one at once.
    package func cut() {
        state.withLock { state in
            state.isCut = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Lets connections through again.
    package func heal() {
        state.withLock { $0.isCut = false }
    }

    /// Ends everything.
    package func stop() {
        cut()
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else {
                close(listener)
                return
            }
            let server = connectToTarget()
            let isThrough = state.withLock { state in
                guard !state.isCut, server >= 0 else { return false }
                state.sockets.formUnion([client, server])
                return true
            }
            guard isThrough else {
                close(client)
                if server >= 0 { close(server) }
                continue
            }
            Thread.detachNewThread { [self] in
                let back = DispatchGroup()
                back.enter()
                Thread.detachNewThread {
                    Self.copy(from: server, to: client)
                    back.leave()
                }
                Self.copy(from: client, to: server)
                back.wait()
                // Not before nobody uses the numbers any more.
                state.withLock { $0.sockets.subtract([client, server]) }
                close(client)
                close(server)
            }
        }
    }

    private func connectToTarget() -> Int32 {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address(port: target)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(server)
            return -1
        }
        return server
    }

    private static func copy(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes { bytes in
                    send(sink, bytes.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
        }
        shutdown(sink, Int32(SHUT_WR))
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// The machine has no socket left.
struct NoSocket: Error {}
