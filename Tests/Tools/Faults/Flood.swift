import Foundation
import Glibc
import Synchronization

/// Clients that send one request repeatedly, each on a separate thread and connection.
///
/// They hardly parse the answers, so that most of the machine's time remains for the server.
final class Flood: Sendable {
    /// The result of a flood.
    struct Outcome {
        /// The response time of each 2xx answer in seconds.
        var accepted: [Double] = []
        /// The response time of each 503 or 429 answer in seconds.
        var refused: [Double] = []
        /// The number of requests with another answer or none.
        var failed = 0

        /// The number of requests.
        var count: Int { accepted.count + refused.count + failed }

        /// The 99th percentile of the 2xx response times in seconds.
        var latency: Double { accepted.sorted().dropLast(accepted.count / 100).last ?? 0 }

        /// The 99th percentile of the rejections' response times in seconds.
        var refusalLatency: Double { refused.sorted().dropLast(refused.count / 100).last ?? 0 }
    }

    private let port: UInt16
    private let request: [UInt8]
    private let outcome = Mutex(Outcome())
    private let running = Atomic(0)

    /// Creates a flood that sends a batch to the producer on a port.
    init(of body: [UInt8], to port: Int) {
        self.port = UInt16(port)
        let head = """
            POST /api/locations/batch HTTP/1.1\r
            Host: 127.0.0.1\r
            Content-Type: application/x-ndjson\r
            Content-Length: \(body.count)\r
            \r

            """
        request = Array(head.utf8) + body
    }

    /// Sends from the given number of clients for a while, and waits for all answers.
    func run(clients: Int, for duration: Duration) async throws -> Outcome {
        let end = ContinuousClock.now + duration
        running.store(clients, ordering: .sequentiallyConsistent)
        for _ in 0..<clients {
            Thread.detachNewThread { [self] in
                send(until: end)
                running.subtract(1, ordering: .sequentiallyConsistent)
            }
        }
        while running.load(ordering: .sequentiallyConsistent) > 0 { try await Task.sleep(for: .milliseconds(10)) }
        return outcome.withLock { $0 }
    }

    private func send(until end: ContinuousClock.Instant) {
        var connection: Int32 = -1
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while .now < end {
            if connection < 0 { connection = connectToServer() }
            let began = ContinuousClock.now
            // The server may reject the request before all is sent, and close the connection.
            send(on: connection)
            let status = readStatus(on: connection, into: &buffer)
            let time = (ContinuousClock.now - began).seconds
            outcome.withLock { outcome in
                switch status {
                case 200: outcome.accepted.append(time)
                case 429, 503: outcome.refused.append(time)
                default: outcome.failed += 1
                }
            }
            if status != 200 {
                // A quarter of Retry-After: impatient, but not so fast that the server only rejects.
                usleep(250_000)
                close(connection)
                connection = -1
            }
        }
    }

    private func send(on connection: Int32) {
        var sent = 0
        while sent < request.count {
            let count = request.withUnsafeBytes { bytes in
                Glibc.send(connection, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Reads one answer, completely if it is 200.
    ///
    /// The server closes the connection after others.
    private func readStatus(on connection: Int32, into buffer: inout [UInt8]) -> Int? {
        var count = 0
        while true {
            let received = buffer.withUnsafeMutableBytes { bytes in
                read(connection, bytes.baseAddress.map { $0 + count }, bytes.count - count - 1)
            }
            guard received > 0 else { return nil }
            count += received
            buffer[count] = 0
            guard let headEnd = Self.end(of: "\r\n\r\n", in: buffer) else { continue }
            let status = Int(String(decoding: buffer[9..<12], as: UTF8.self))
            guard status == 200 else { return status }
            guard let start = Self.end(of: "\r\nContent-Length: ", in: buffer),
                let length = Int(String(decoding: buffer[start...].prefix { $0 != 0x0D }, as: UTF8.self))
            else { return nil }
            var rest = headEnd + length - count
            while rest > 0 {
                let received = read(connection, &buffer, min(rest, buffer.count))
                guard received > 0 else { return nil }
                rest -= received
            }
            return status
        }
    }

    /// The end of a text in a zero-terminated buffer.
    private static func end(of text: StaticString, in buffer: [UInt8]) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return nil }
            return text.withUTF8Buffer { text in
                text.withMemoryRebound(to: CChar.self) { text in
                    text.baseAddress.flatMap { strstr(start, $0) }.map { UnsafePointer($0) - start + text.count }
                }
            }
        }
    }

    private func connectToServer() -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 40, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return connection
    }
}
