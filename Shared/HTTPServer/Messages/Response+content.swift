import Synchronization

extension Response {
    /// The whole content, also of a stream, for tests without a socket.
    ///
    /// - Throws: an error of the stream.
    package func content() async throws -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .stream(let produce):
            let sink = CollectingSink()
            let writer = ResponseWriter(sink: sink)
            try await produce(writer)
            try await writer.finish()
            return sink.bytes
        }
    }
}

/// Collects the written bytes.
private final class CollectingSink: ResponseSink {
    private let collected = Mutex<[UInt8]>([])

    var bytes: [UInt8] { collected.withLock { $0 } }

    func write(_ bytes: [UInt8]) async throws {
        collected.withLock { $0 += bytes }
    }
}
