import Foundation
import Glibc
import HTTPServer
import Networking
import Synchronization

/// A push service that keeps the requests and answers with a status: one connection after the other, on a thread of its own.
///
/// Our own server refuses the content coding of push messages.
final class TestPushService: Sendable {
    struct Seen: Sendable {
        var headers = HTTPHeaders()
        var body: [UInt8] = []
    }

    let port: Int
    private let listener: Int32
    private let status: @Sendable (Int) -> Int
    private let seen = Mutex<[Seen]>([])

    /// Listens at a free port; `status` is the status for the request with a number, from 0.
    init(status: @escaping @Sendable (Int) -> Int) throws {
        (listener, port) = try ListeningSocket.open(host: "127.0.0.1", port: 0)
        self.status = status
        Thread.detachNewThread { self.run() }
    }

    var requests: [Seen] { seen.withLock { $0 } }

    /// Ends the thread.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func run() {
        defer { Glibc.close(listener) }
        while true {
            var event = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            poll(&event, 1, -1)
            guard event.revents & Int16(POLLHUP) == 0 else { return }
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            answer(on: connection)
            Glibc.close(connection)
        }
    }

    private func answer(on connection: Int32) {
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while true {
            if let request = Self.request(in: bytes) {
                let number = seen.withLock { seen in
                    seen.append(request)
                    return seen.count - 1
                }
                let answer = "HTTP/1.1 \(status(number)) X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                _ = answer.utf8.withContiguousStorageIfAvailable { write(connection, $0.baseAddress, $0.count) }
                return
            }
            let count = read(connection, &buffer, buffer.count)
            guard count > 0 else { return }
            bytes += buffer[..<count]
        }
    }

    /// The request, once it is complete.
    private static func request(in bytes: [UInt8]) -> Seen? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        var request = Seen()
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        for line in lines.dropFirst() {
            let parts = line.components(separatedBy: ": ")
            request.headers[HeaderName(parts[0])] = parts.dropFirst().joined(separator: ": ")
        }
        request.body = Array(bytes[end.upperBound...])
        return request.body.count == request.headers["Content-Length"].flatMap { Int($0) } ? request : nil
    }
}
