import Synchronization

/// A body that is completely in memory.
final class BufferedBody: RequestBodySource {
    private let remaining: Mutex<[UInt8]?>

    init(_ bytes: [UInt8]) {
        remaining = Mutex(bytes)
    }

    func nextChunk() async throws -> [UInt8]? {
        takeWhole().flatMap { $0.isEmpty ? nil : $0 }
    }

    func takeWhole() -> [UInt8]? {
        remaining.withLock { remaining in
            defer { remaining = nil }
            return remaining
        }
    }

    func awaitWhole(_ length: Int) {}
}
