import Glibc

/// The progress of a peer in reading what was sent.
enum SocketProgress {
    /// The offset of `tcpi_bytes_acked` in Linux's `struct tcp_info` since 4.1; glibc's header has only the beginning.
    private static let acknowledgedOffset = 120

    /// How many bytes the peer of a TCP socket has acknowledged in total; `nil` if the kernel does not report it.
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
