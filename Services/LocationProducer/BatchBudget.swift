import HTTPServer
import Synchronization

/// The memory that batches in progress may take together: a batch is in memory as a whole while it is read and answered.
final class BatchBudget: Sendable {
    private let available: Mutex<Int>

    /// How many bytes of memory a byte of a batch takes at most until it is answered.
    ///
    /// A line of 100 bytes is a report, a message, a block or a record with its headers, librdkafka's copy of that, a number
    /// and a part of the answer, 900 bytes together.
    private static let expansion = 12

    /// Makes a budget.
    ///
    /// - Parameter capacity: the bytes of all batches that are in progress at once.
    init(capacity: Int) {
        available = Mutex(capacity)
    }

    /// Makes the budget of a process that is to stay below so much memory; one batch always has room.
    ///
    /// - Parameter memoryBound: bytes.
    convenience init(memoryBound: Int) {
        self.init(capacity: max(memoryBound / Self.expansion, LocationBatch.maximumBytes))
    }

    /// Runs `body` while the request's batch counts.
    ///
    /// - Throws: a 503 problem if there are too many batches already, and what `body` throws.
    @discardableResult
    func withReservation<Value>(for request: Request, _ body: () async throws -> Value) async throws -> Value {
        // What a coded body unfolds to, and how long one without a length is, shows only later.
        let isPlain = request.headers["Content-Encoding"] == nil
        let announced = isPlain ? request.body.announcedLength : nil
        let bytes = min(announced ?? LocationBatch.maximumBytes, LocationBatch.maximumBytes)
        guard reserve(bytes) else {
            throw Problem.unavailable("Too many batches are in progress: try again shortly.")
        }
        defer { release(bytes) }
        return try await body()
    }

    /// Takes bytes out of the budget, if there are so many; they are to be released again.
    func reserve(_ bytes: Int) -> Bool {
        available.withLock { available in
            guard available >= bytes else { return false }
            available -= bytes
            return true
        }
    }

    /// Gives back what was reserved.
    func release(_ bytes: Int) {
        available.withLock { $0 += bytes }
    }
}
