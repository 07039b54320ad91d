internal import Postgres
internal import Synchronization

/// Follows partitions of the log in PostgreSQL from given offsets.
package final class PostgresLogTail: LocationQueueTail {
    private let log: PostgresLog
    private let maximumBytes: Int
    private let doorbell = Doorbell()
    private let positions: Mutex<[Int: Int64]>

    /// A tail from given offsets.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - offsets: the offset to start from, for each followed partition.
    ///   - maximumBytes: about how many bytes of messages ``next()`` returns at most.
    package init(log: PostgresLog, from offsets: [Int: Int64], maximumBytes: Int = 1 << 20) {
        self.log = log
        self.maximumBytes = maximumBytes
        positions = Mutex(offsets)
    }

    /// Listens for appends, which ``next()`` would otherwise notice up to a second later.
    package func run() async throws {
        for await _ in try log.client.listen(to: [PostgresLog.channel]) { doorbell.ring() }
    }

    package func next() async throws -> [QueueBatch] {
        let start = positions.withLock { $0 }
        var batches = try await log.read(from: start, maximumBytes: maximumBytes)
        if batches.isEmpty {
            await doorbell.wait(upTo: .seconds(1))
            try Task.checkCancellation()
            batches = try await log.read(from: start, maximumBytes: maximumBytes)
        }
        positions.withLock { positions in
            // A position that was moved meanwhile wins.
            for batch in batches where positions[batch.partition] == batch.start {
                positions[batch.partition] = batch.end
            }
        }
        return batches
    }

    /// Changes the followed partitions and their offsets.
    func reposition(_ change: (inout [Int: Int64]) -> Void) {
        positions.withLock { change(&$0) }
    }
}
