import LocationProtocol
import Models
import Synchronization

@testable import ConnectionService
@testable import LocationQueue

/// A queue of two partitions in memory.
final class ScriptedQueue: LocationQueueLog {
    /// The content.
    struct Content: Sendable {
        var messages: [Int: [QueuedMessage]] = [0: [], 1: []]
        /// Messages that ``ScriptedQueue/ends()`` counts and the tail does not return yet.
        var onTheirWay: Int64 = 0
        /// The errors of the next reads.
        var failures: [any Error] = []
        /// The number of tails.
        var tails = 0
    }

    private let state = Mutex(Content())

    var content: Content { state.withLock { $0 } }

    func change(_ body: @Sendable (inout Content) -> Void) {
        state.withLock { body(&$0) }
    }

    /// Appends a location, or malformed bytes; returns its number.
    @discardableResult
    func append(_ report: LocationReport?, to partition: Int = 0) throws -> LocationID {
        var bytes: [UInt8] = []
        if let report {
            LocationMessage(report: report, receivedAt: nil).encode(into: &bytes)
        } else {
            bytes = [0xFF, 0xFF]
        }
        let offset = state.withLock { [bytes] content in
            let offset = Int64(content.messages[partition]?.count ?? 0)
            let message = QueuedMessage(offset: offset, appendedAt: .now, storage: bytes, range: 0..<bytes.count)
            content.messages[partition, default: []].append(message)
            return offset
        }
        guard let id = LocationID(partition: partition, offset: offset) else { throw InvalidFixture() }
        return id
    }

    func identity() async throws -> String { "scripted" }

    func ends() async throws -> [Int: Int64] {
        state.withLock { content in
            content.messages.mapValues { Int64($0.count) + content.onTheirWay }
        }
    }

    func tail(from offsets: [Int: Int64]) -> any LocationQueueTail {
        state.withLock { $0.tails += 1 }
        return ScriptedTail(self, offsets)
    }

    func next(_ positions: inout [Int: Int64]) throws -> [QueueBatch] {
        let content = try state.withLock { content in
            if !content.failures.isEmpty { throw content.failures.removeFirst() }
            return content
        }
        var batches: [QueueBatch] = []
        for (partition, start) in positions.sorted(by: { $0.key < $1.key }) {
            // A few at a time.
            let messages = Array((content.messages[partition] ?? []).dropFirst(Int(start)).prefix(3))
            guard !messages.isEmpty else { continue }
            let end = start + Int64(messages.count)
            positions[partition] = end
            batches.append(QueueBatch(partition: partition, messages: messages, start: start, end: end))
        }
        return batches
    }
}

/// Follows a ``ScriptedQueue``.
final class ScriptedTail: LocationQueueTail {
    private let queue: ScriptedQueue
    private let positions: Mutex<[Int: Int64]>

    init(_ queue: ScriptedQueue, _ positions: [Int: Int64]) {
        self.queue = queue
        self.positions = Mutex(positions)
    }

    func next() async throws -> [QueueBatch] {
        try await Task.sleep(for: .milliseconds(1))
        return try positions.withLock { try queue.next(&$0) }
    }
}

extension Timestamp {
    fileprivate static var now: Timestamp { Timestamp(microseconds: 1_780_000_000_000_000) }
}
