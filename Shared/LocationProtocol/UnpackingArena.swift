internal import CLocationProtocol

/// The memory of a message that protobuf-c unpacks: allocated piece by piece, freed at once, and bounded.
///
/// protobuf-c allocates memory for each nested message and for its own bookkeeping; a few bytes on the wire can become
/// more than a hundred.
struct UnpackingArena {
    private static let alignment = 16
    private static let chunkSize = 256 << 10

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var used = 0
    private var remaining: Int
    /// Whether protobuf-c asked for more than the limit.
    private(set) var isExhausted = false

    private init(limit: Int) {
        remaining = limit
    }

    /// Calls `body` with an allocator of at most `limit` bytes; its memory is freed afterwards.
    ///
    /// - Returns: what `body` returns, and whether it exceeded the limit.
    static func with<Value>(
        limit: Int,
        _ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Value
    ) -> (value: Value, isExhausted: Bool) {
        var arena = UnpackingArena(limit: limit)
        // Safety: protobuf-c calls these only while it unpacks within `body`, on this thread, with this pointer. The
        // memory lives until the end of this function, and no Swift value refers to it.
        let value = withUnsafeMutablePointer(to: &arena) { arena in
            var allocator = ProtobufCAllocator(
                alloc: { data, size in
                    data?.assumingMemoryBound(to: UnpackingArena.self).pointee.allocate(size)
                },
                free: { _, _ in },
                allocator_data: arena
            )
            return body(&allocator)
        }
        for chunk in arena.chunks { chunk.deallocate() }
        return (value, arena.isExhausted)
    }

    private mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= remaining else {
            isExhausted = true
            return nil
        }
        let rounded = (size + Self.alignment - 1) & -Self.alignment
        if used + rounded > chunks.last?.count ?? 0 {
            chunks.append(.allocate(byteCount: max(rounded, Self.chunkSize), alignment: Self.alignment))
            used = 0
        }
        defer { used += rounded }
        remaining -= rounded
        return chunks.last?.baseAddress.map { $0 + used }
    }
}
