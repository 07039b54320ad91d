import Dispatch
import Glibc
import Synchronization

/// A client that sends exact bytes over a plain socket.
///
/// It waits on a separate thread: a test that blocked Swift's pool would block the server that it waits for.
package final class RawClient: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// A received response.
    package struct Response: Sendable {
        package let status: Int
        package let headers: [(name: String, value: String)]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }

        package subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let socket: Int32
    private let buffer = Mutex([UInt8]())
    private let queue = DispatchQueue(label: "raw-client")

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit {
        Glibc.close(socket)
    }

    /// Sends as much as fits into the socket's buffer.
    ///
    /// - Returns: whether all was sent.
    @discardableResult
    package func send(_ text: String) -> Bool {
        send(Array(text.utf8))
    }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } == bytes.count
    }

    /// Sends everything, waiting for room.
    ///
    /// Returns false if the server has closed the connection.
    package func sendAll(_ bytes: [UInt8]) async throws -> Bool {
        try await onQueue { self.send(bytes) }
    }

    package func finishSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    /// Closes the connection in an orderly way.
    package func hangUp() {
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Resets the connection, like a client that is killed with unread bytes.
    package func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        // Replace the descriptor with an unconnected socket, which closes the connection at once.
        let other = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        dup2(other, socket)
        Glibc.close(other)
    }

    /// Reads one response.
    package func response(isHead: Bool = false) async throws -> Response {
        try await onQueue { try self.readResponse(isHead: isHead) }
    }

    /// Sends a request and reads its response.
    package func exchange(_ request: String, isHead: Bool = false) async throws -> Response {
        send(request)
        return try await response(isHead: isHead)
    }

    /// Reads until the server closes the connection.
    ///
    /// - Throws: if the server does not close it within minutes.
    @discardableResult
    package func end() async throws -> [UInt8] {
        try await onQueue {
            while try self.fill() {}
            return self.take(count: self.buffer.withLock(\.count))
        }
    }

    /// Reads at least the given number of further bytes.
    package func read(atLeast count: Int) async throws -> [UInt8] {
        try await onQueue {
            while self.buffer.withLock({ $0.count < count }) {
                guard try self.fill() else { throw Failure(description: "the server hung up") }
            }
            return self.take(count: self.buffer.withLock(\.count))
        }
    }

    /// Reads repeatedly a few bytes, with pauses that do not depend on other tasks.
    ///
    /// - Returns: the number of bytes read.
    package func readSlowly(times: Int, atLeast count: Int, pause: Duration) async throws -> Int {
        try await onQueue {
            var total = 0
            for _ in 0..<times {
                while self.buffer.withLock({ $0.count < count }) {
                    guard try self.fill() else { throw Failure(description: "the server hung up") }
                }
                total += self.take(count: self.buffer.withLock(\.count)).count
                usleep(UInt32(pause / .microseconds(1)))
            }
            return total
        }
    }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }

    private func readResponse(isHead: Bool) throws(Failure) -> Response {
        while true {
            let head = try line().split(separator: " ", maxSplits: 2)
            guard head.count >= 2, let status = Int(head[1]) else {
                throw Failure(description: "no status line: \(head)")
            }
            var headers: [(name: String, value: String)] = []
            while case let field = try line(), !field.isEmpty {
                let parts = field.split(separator: ":", maxSplits: 1)
                headers.append((String(parts[0]), parts.count > 1 ? String(parts[1].dropFirst()) : ""))
            }
            if status == 100 { continue }
            let header = { (name: String) in headers.first { $0.name.lowercased() == name }?.value }
            var body: [UInt8] = []
            if isHead || status == 204 || status == 304 {
                // No body.
            } else if header("transfer-encoding") == "chunked" {
                while let size = Int(try line(), radix: 16), size > 0 {
                    body += try bytes(size)
                    _ = try line()
                }
                _ = try line()
            } else if let length = header("content-length").flatMap({ Int($0) }) {
                body = try bytes(length)
            }
            return Response(status: status, headers: headers, body: body)
        }
    }

    private func line() throws(Failure) -> String {
        while true {
            let found = buffer.withLock { buffer -> String? in
                guard let end = buffer.firstIndex(of: 10) else { return nil }
                var line = buffer[..<end]
                if line.last == 13 { line.removeLast() }
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: line, as: UTF8.self)
            }
            if let found { return found }
            guard try fill() else { throw Failure(description: "the server hung up before the end of a line") }
        }
    }

    private func bytes(_ count: Int) throws(Failure) -> [UInt8] {
        while buffer.withLock({ $0.count < count }) {
            guard try fill() else { throw Failure(description: "the server hung up within a body") }
        }
        return take(count: count)
    }

    private func take(count: Int) -> [UInt8] {
        buffer.withLock { buffer in
            defer { buffer.removeFirst(count) }
            return Array(buffer.prefix(count))
        }
    }

    /// Reads available bytes.
    ///
    /// Returns false at the end.
    private func fill() throws(Failure) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 180_000) == 1 else { throw Failure(description: "no data for three minutes") }
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = piece.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        buffer.withLock { $0.append(contentsOf: piece.prefix(count)) }
        return true
    }
}
