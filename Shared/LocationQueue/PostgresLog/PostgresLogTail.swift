internal import Concurrency
internal import Postgres
internal import Synchronization

/// Follows partitions of the log in PostgreSQL from given offsets.
package final class PostgresLogTail: LocationQueueTail {
    private let log: PostgresLog
    private let maximumBytes: Int
    private let positions: Mutex<[Int: Int64]>
    private let appends = Mutex<PostgresNotifications?>(nil)

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

    package func next() async throws -> [QueueBatch] {
        let start = positions.withLock { $0 }
        var batches = try await log.read(from: start, maximumBytes: maximumBytes)
        if batches.isEmpty {
            await waitForAppend()
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

    /// Returns at an append, or after a second; without a connection to listen with, always after a second.
    private func waitForAppend() async {
        let appends = appends.withLock { appends in
            if appends == nil { appends = try? log.client.listen(to: [PostgresLog.channel]) }
            return appends
        }
        await withTimeout(.seconds(1)) {
            guard let appends else { return (try? await Task.sleep(for: .seconds(1))) ?? () }
            for await _ in appends { return }
        }
    }

    /// Changes the followed partitions and their offsets.
    func reposition(_ change: (inout [Int: Int64]) -> Void) {
        positions.withLock { change(&$0) }
    }
}
