import Dispatch
import Foundation
import Glibc
internal import Synchronization

/// A proxy between a client and a server on this machine, which simulates network faults.
///
/// Modelled on Toxiproxy. Each connection has two threads, which may sleep.
package final class TCPProxy: Sendable {
    /// A direction of each connection.
    package enum Direction: Sendable {
        /// From the client to the server.
        case toServer
        /// From the server to the client.
        case toClient
    }

    /// A fault of one direction.
    package struct Impairment: Sendable {
        /// The additional latency of each piece.
        package var delay: Duration
        /// Whether data disappear although the connection is open (half-open).
        package var isSwallowing: Bool
        /// The maximum bytes a second; `nil` for no limit.
        package var bytesPerSecond: Int?

        /// Creates an impairment; by default, it has no effect.
        package init(delay: Duration = .zero, isSwallowing: Bool = false, bytesPerSecond: Int? = nil) {
            self.delay = delay
            self.isSwallowing = isSwallowing
            self.bytesPerSecond = bytesPerSecond
        }
    }

    private struct State {
        var isCut = false
        var sockets: Set<Int32> = []
        var impairments: [Direction: Impairment] = [:]
        var asksForCut: (@Sendable (ArraySlice<UInt8>) -> Bool)?
        var answersCut = 0
    }

    /// A client's connection with the corresponding connection to the server.
    private struct Pair: Sendable {
        let client: Int32
        let server: Int32
        /// Whether to drop the server's next bytes and close the connection.
        let isDoomed = Doom()
    }

    private final class Doom: Sendable {
        let isSealed = Atomic(false)
    }

    /// The port on 127.0.0.1 for clients.
    package let port: Int

    private let target: UInt16
    private let listener: Int32
    private let state = Mutex(State())

    /// Listens on a free port.
    ///
    /// - Parameters:
    ///   - target: the server's port on 127.0.0.1.
    ///   - isCut: whether to reject connections at first.
    /// - Throws: ``NoSocket`` if the system has no free socket.
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

    /// Closes all connections, and from now on each new one at once.
    package func cut() {
        state.withLock { state in
            state.isCut = true
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Impairs one direction of all connections, including open ones.
    package func impair(_ direction: Direction, _ impairment: Impairment) {
        state.withLock { $0.impairments[direction] = impairment }
    }

    /// Closes a connection when the server answers a request that `asks` selects.
    ///
    /// The client does not receive the answer.
    package func cutAnswers(where asks: @escaping @Sendable (ArraySlice<UInt8>) -> Bool) {
        state.withLock { $0.asksForCut = asks }
    }

    /// The number of dropped answers.
    package var answersCut: Int { state.withLock { $0.answersCut } }

    /// Removes all faults.
    package func heal() {
        state.withLock { state in
            state.isCut = false
            state.impairments = [:]
            state.asksForCut = nil
        }
    }

    /// Closes all connections and stops listening.
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
            let pair = Pair(client: client, server: connectToTarget())
            let isThrough = state.withLock { state in
                guard !state.isCut, pair.server >= 0 else { return false }
                state.sockets.formUnion([pair.client, pair.server])
                return true
            }
            guard isThrough else {
                close(pair.client)
                if pair.server >= 0 { close(pair.server) }
                continue
            }
            Thread.detachNewThread { [self] in
                let back = DispatchGroup()
                back.enter()
                Thread.detachNewThread { [self] in
                    copy(.toClient, of: pair)
                    back.leave()
                }
                copy(.toServer, of: pair)
                back.wait()
                // Not before both threads have finished with the descriptors.
                state.withLock { $0.sockets.subtract([pair.client, pair.server]) }
                close(pair.client)
                close(pair.server)
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

    private func copy(_ direction: Direction, of pair: Pair) {
        let (source, sink) = direction == .toServer ? (pair.client, pair.server) : (pair.server, pair.client)
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            guard passes(buffer[..<count], direction, pair) else {
                for socket in [source, sink] { shutdown(socket, Int32(SHUT_RDWR)) }
                return
            }
            let impairment = state.withLock { $0.impairments[direction] } ?? Impairment()
            if impairment.isSwallowing { continue }
            if impairment.delay > .zero { Thread.sleep(forTimeInterval: impairment.delay / .seconds(1)) }
            guard Self.send(buffer[..<count], to: sink, bytesPerSecond: impairment.bytesPerSecond) else { return }
        }
        shutdown(sink, Int32(SHUT_WR))
    }

    /// Whether to forward bytes; false for an answer to drop.
    private func passes(_ bytes: ArraySlice<UInt8>, _ direction: Direction, _ pair: Pair) -> Bool {
        switch direction {
        case .toServer:
            if state.withLock({ $0.asksForCut })?(bytes) == true {
                pair.isDoomed.isSealed.store(true, ordering: .sequentiallyConsistent)
            }
            return true
        case .toClient:
            guard pair.isDoomed.isSealed.load(ordering: .sequentiallyConsistent) else { return true }
            state.withLock { $0.answersCut += 1 }
            return false
        }
    }

    /// Sends bytes at a limited rate, in twentieths of a second.
    ///
    /// Returns `false` if the connection is closed.
    private static func send(_ bytes: ArraySlice<UInt8>, to sink: Int32, bytesPerSecond: Int?) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(bytesPerSecond.map { max($0 / 20, 1) } ?? rest.count)
            let written = piece.withUnsafeBytes { Glibc.send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard written > 0 else { return false }
            rest = rest.dropFirst(written)
            if let bytesPerSecond { Thread.sleep(forTimeInterval: Double(written) / Double(bytesPerSecond)) }
        }
        return true
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// The system has no free socket.
struct NoSocket: Error {}
