/// The bytes of a streamed response between its handler and the socket.
struct OutboundStream {
    /// The progress of the handler.
    private enum Production {
        case open
        case finished
        case failed
    }

    /// A writer waits from this many unsent bytes.
    static let limit = 65_536

    private var bytes: [UInt8] = []
    private var offset = 0
    private var production = Production.open
    /// The handler that waits for room.
    var writer: CheckedContinuation<Void, Never>?

    /// Whether there is room for more.
    var hasRoom: Bool { bytes.count - offset < Self.limit }

    /// Adds bytes.
    mutating func write(_ piece: [UInt8]) {
        bytes.append(contentsOf: piece)
    }

    /// The handler has completed the stream, or has failed.
    mutating func end(whole: Bool) {
        production = whole ? .finished : .failed
    }

    /// The next bytes for the socket.
    ///
    /// - Returns: what was read; `nil` if the handler has to produce more first.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> ExchangeState.OutboundVerdict? {
        let count = min(buffer.count, bytes.count - offset)
        guard count > 0 else {
            switch production {
            case .open: return nil
            case .finished: return .end
            case .failed: return .fail
            }
        }
        buffer.copyBytes(from: bytes[offset..<offset + count])
        offset += count
        if offset == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            offset = 0
        }
        return .bytes(count)
    }

    /// The handler to wake after a read: at half of the limit, so that it does not wake for each read.
    mutating func takeWriter() -> CheckedContinuation<Void, Never>? {
        bytes.count - offset < Self.limit / 2 ? writer.take() : nil
    }

    /// Drops the bytes.
    mutating func clear() {
        (bytes, offset) = ([], 0)
    }
}
