import Glibc

/// How far a peer has come with what was sent to it.
enum SocketProgress {
    /// Where `tcpi_bytes_acked` stands in Linux's `struct tcp_info` since 4.1, of which glibc's header has only the beginning.
    private static let acknowledgedOffset = 120

    /// How many bytes the peer of a TCP socket has taken in all; `nil` if the kernel does not say.
    static func acknowledgedBytes(_ socket: Int32) -> UInt64? {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: MemoryLayout<UInt64>.alignment) { buffer in
            var count = socklen_t(buffer.count)
            guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, buffer.baseAddress, &count) == 0,
                Int(count) >= acknowledgedOffset + MemoryLayout<UInt64>.size
            else { return nil }
            return buffer.load(fromByteOffset: acknowledgedOffset, as: UInt64.self)
        }
    }
}
