import Glibc
import Testing

@testable import Observability

@Suite struct LogOutputTests {
    /// A socket that preserves message boundaries shows the number of writes.
    @Test func writesEachLineWithOneCall() throws {
        var ends: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, CInt(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        defer {
            close(ends[0])
            close(ends[1])
        }
        let logger = Logger(service: "s", output: .fileDescriptor(ends[0]))
        logger.info("First.", [.reason: .string(String(repeating: "x", count: 1000))])
        logger.info("Second.")
        for message in ["First.", "Second."] {
            var packet = [UInt8](repeating: 0, count: 8192)
            let count = recv(ends[1], &packet, packet.count, 0)
            let line = String(decoding: packet.prefix(max(count, 0)), as: UTF8.self)
            #expect(line.hasPrefix("{") && line.hasSuffix("}\n"))
            #expect(line.contains(message))
        }
    }

    @Test func ignoresAClosedDescriptor() {
        Logger(service: "s", output: .fileDescriptor(-1)).info("This is lost.")
    }
}
